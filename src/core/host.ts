import { z } from 'zod'
import { InputError } from './errors.ts'
import { formatLocation, type Location } from './location.ts'
import { nearest } from './nearest.ts'

/** The variables of a host by name, merged over its groups by the inventory's precedence. */
export type Vars = Readonly<Record<string, unknown>>

/** A machine of the inventory. */
export interface Host {
  readonly name: string
  /** Every group it is in, `all` left out, parents before children. */
  readonly groups: readonly string[]
  readonly vars: Vars
  /** Where a variable got its value; undefined when that is not known. */
  readonly origin?: (name: string) => Location | undefined
}

/**
 * A variable of a host, checked: `hostVar(host, 'site', z.string())`.
 *
 * @throws InputError that names host, variable, the place of its value and what was expected of it.
 */
export function hostVar<T>(host: Host, name: string, schema: z.ZodType<T>): T {
  const value = host.vars[name]
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const location = host.origin?.(name)
  if (value === undefined) {
    const guess = nearest(name, Object.keys(host.vars))
    const toSet = `set it for the host or one of its groups (${host.groups.join(', ') || 'none'}) in the inventory`
    throw new InputError({
      summary: `host ${host.name} has no variable "${name}"`,
      hint: guess ? `did you mean "${guess}"? Or ${toSet}` : toSet,
    })
  }
  throw new InputError({
    summary: `host ${host.name}: variable "${name}" does not fit: ${z.prettifyError(result.error)}`,
    location,
    ...(location ? { detail: `set in ${formatLocation(location)}` } : {}),
  })
}

/** All machines and groups, and the pattern language that selects among them. */
export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>
  /** Hosts of each group, those of its children included, in the inventory's order. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  /**
   * Hosts that a pattern names, each once, in the order of its terms: `east:&rbdmirrors`, `all:!west`, `web[0]`, `db*`.
   *
   * @throws InputError for a name that is neither host nor group, with the nearest names.
   */
  select(pattern: string): readonly Host[]
  /** The same, where these names of groups and hosts that may still come are no mistake in a pattern: they name nobody. */
  expecting(names: readonly string[]): Inventory
  /**
   * The inventory with an addition; this one stays as it is.
   *
   * @throws InputError for what an inventory cannot hold, and for another way to a host that is there already.
   */
  adding(addition: Addition): Promise<Inventory>
}

/** What a task adds to the inventory of its run: a host, or groups and variables of one that is there. */
export interface Addition {
  readonly host: string
  readonly groups: readonly string[]
  /** Groups that each of `groups` is put below. */
  readonly parents: readonly string[]
  /** They count as those that the inventory gives to the host. */
  readonly vars: Vars
  /** The task's. */
  readonly location: Location | undefined
}
