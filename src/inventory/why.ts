import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { formatLocation } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import type { LoadedInventory } from './grow.ts'
import { magicNames } from './host.ts'
import { showValue } from './list.ts'
import { referredNames } from './reference.ts'
import { hostLayers } from './settings.ts'

/** One place that sets a variable for a host. */
export interface WhyStep {
  /** Group or host that it is set for. */
  readonly of: string
  /** `magic`: it is not set anywhere; every host has it, and no file can set it. */
  readonly kind: 'group' | 'host' | 'magic'
  readonly location: Location | undefined
  /** As written; a Secret prints as asterisks. */
  readonly value: unknown
  /** The last one, whose value counts. */
  readonly wins: boolean
}

/** Where a variable of a host has its value from: every place, weakest first, and the same for what it refers to. */
export interface Why {
  readonly host: string
  readonly variable: string
  readonly steps: readonly WhyStep[]
  readonly refersTo: readonly Why[]
}

/**
 * The whole chain of a variable's value.
 *
 * @throws InputError for an unknown host or variable, with the nearest name.
 */
export function whyVar(inventory: LoadedInventory, host: string, variable: string): Why {
  const { graph, folders } = inventory
  if (!graph.hosts.has(host)) throw notFound(`the inventory has no host "${host}"`, host, graph.hosts.keys())
  const layers = hostLayers(graph, folders, host)
  const vars = inventory.hosts.get(host)?.vars ?? {}
  const magic: readonly string[] = magicNames.filter((name) => name in vars)
  const known = new Set([...layers.flatMap(({ settings }) => settings.map(({ name }) => name)), ...magic])
  if (!known.has(variable)) throw notFound(`host ${host} has no variable "${variable}"`, variable, known)
  const chain = (name: string, above: readonly string[]): Why => {
    const found: Omit<WhyStep, 'wins'>[] = layers.flatMap(({ of, kind, settings }) =>
      settings.filter((setting) => setting.name === name).map(({ value, location }) => ({ of, kind, value, location })),
    )
    if (magic.includes(name)) found.push({ of: host, kind: 'magic', value: vars[name], location: undefined })
    const steps = found.map((step, index) => ({ ...step, wins: index === found.length - 1 }))
    const names = referredNames(steps.at(-1)?.value).filter(
      (each) => known.has(each) && ![...above, name].includes(each),
    )
    return { host, variable: name, steps, refersTo: names.map((each) => chain(each, [...above, name])) }
  }
  return chain(variable, [])
}

/** The chain as text: one line a place, the one that counts marked. */
export function showWhy({ host, variable, steps, refersTo }: Why): string {
  const rows = steps.map(({ of, kind, value, location, wins }) => [
    wins ? '→' : ' ',
    kind === 'magic' ? kind : `${kind} ${of}`,
    showValue(value),
    location ? formatLocation(location) : 'every host has it',
  ])
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const [owner, shown] = [width(1), Math.min(40, width(2))]
  const lines = rows.map(
    ([mark, of = '', value = '', place]) => `  ${mark} ${of.padEnd(owner)}  ${value.padEnd(shown)}  ${place}`,
  )
  return [`${variable} of ${host}, weakest first:`, ...lines, ...refersTo.map((why) => `\n${showWhy(why)}`)].join('\n')
}

function notFound(summary: string, name: string, known: Iterable<string>): InputError {
  const guess = nearest(name, known)
  return new InputError({
    summary,
    hint: guess ? `did you mean "${guess}"?` : 'playbook inventory --list shows all hosts and variables',
  })
}
