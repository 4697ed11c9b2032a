import { InputError } from '../core/errors.ts'
import type { Host, Vars } from '../core/host.ts'
import type { Setting } from './declaration.ts'
import { resolve, type Scope } from './reference.ts'

/** Variables that every host has without their being written anywhere; none can be set. */
export const magicNames = [
  'inventory_hostname',
  'inventory_hostname_short',
  'inventory_file',
  'inventory_dir',
  'group_names',
] as const

/** Their values. */
export type MagicVars = { readonly [Name in (typeof magicNames)[number]]?: unknown }

export interface HostParts {
  readonly name: string
  readonly groups: readonly string[]
  readonly settings: ReadonlyMap<string, Setting>
  /** Shown as variables: `inventory_hostname` and its like. */
  readonly magic: MagicVars
  /** Reachable from `{{ … }}` only: `groups`, `env`. */
  readonly hidden: Vars
}

/**
 * A host whose variables are resolved when they are read, so that a value that cannot be resolved harms only who uses
 * it. Reading such a one throws an InputError with its place.
 */
export function makeHost({ name, groups, settings, magic, hidden }: HostParts): Host {
  const vars: Record<string, unknown> = {}
  const resolved = new Map<string, unknown>()
  const open = new Set<string>()
  const scope: Scope = {
    lookup: (variable) => (Object.hasOwn(vars, variable) ? vars[variable] : hidden[variable]),
    names: () => [...Object.keys(vars), ...Object.keys(hidden)],
  }
  const read = (setting: Setting): unknown => {
    if (resolved.has(setting.name)) return resolved.get(setting.name)
    if (open.has(setting.name)) throw circle([...open, setting.name], setting)
    open.add(setting.name)
    try {
      const value = resolve(setting.value, scope)
      resolved.set(setting.name, value)
      return value
    } finally {
      open.delete(setting.name)
    }
  }
  for (const setting of settings.values())
    Object.defineProperty(vars, setting.name, { get: () => read(setting), enumerable: true, configurable: true })
  for (const [variable, value] of Object.entries(magic))
    Object.defineProperty(vars, variable, { value, enumerable: true, configurable: true })
  return { name, groups, vars: vars satisfies Vars, origin: (variable) => settings.get(variable)?.location }
}

function circle(names: readonly string[], { location }: Setting): InputError {
  return new InputError({
    summary: `the variables refer to each other in a circle: ${names.join(' → ')}`,
    location,
    hint: 'give one of them a value of its own',
  })
}
