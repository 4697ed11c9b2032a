import { z } from 'zod'
import { InputError } from './errors.ts'
import { formatLocation, type Location } from './location.ts'

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
  if (value === undefined)
    throw new InputError({
      summary: `host ${host.name} has no variable "${name}"`,
      hint: `set it for the host or one of its groups (${host.groups.join(', ') || 'none'}) in the inventory`,
    })
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
}
