import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { Secret } from '../core/secret.ts'
import type { Declaration } from './declaration.ts'
import { withTemplates } from './template.ts'

type Mapping = Readonly<Record<string, unknown>>

/** Asks for the variables of one host, where the listing has no `_meta`. */
export type HostVarsOf = (host: string) => Promise<unknown>

/**
 * The declarations of a listing, which is what `ansible-inventory --list`, an executable inventory and a TypeScript
 * inventory give: groups by name with `hosts`, `children` and `vars`, and the variables of hosts in `_meta.hostvars`.
 *
 * ```json
 * {"mons": {"hosts": ["a", "b"], "vars": {"site": "east"}}, "_meta": {"hostvars": {"a": {"ansible_host": "10.0.0.1"}}}}
 * ```
 *
 * As Ansible reads them, a list in place of a group is its hosts; a mapping with none of
 * the three keys is a host of the group's name with these variables.
 *
 * @throws InputError that names the group or host whose data has another shape.
 */
export async function listingDeclarations(
  listing: unknown,
  location: Location,
  hostVars?: HostVarsOf,
): Promise<readonly Declaration[]> {
  if (!isMapping(listing)) throw bad('the inventory', 'a mapping of groups', listing, location)
  const groups = Object.entries(listing).filter(([name]) => name !== '_meta')
  const declarations = groups.flatMap(([name, data]) => readGroup(name, data, location))
  const hosts = new Set(declarations.flatMap((each) => (each.kind === 'host' ? each.host : [])))
  const meta = metaVars(listing._meta, location)
  for (const host of hosts) {
    const vars = meta ? meta[host] : await hostVars?.(host)
    if (vars === undefined) continue
    if (!isMapping(vars)) throw bad(`host "${host}"`, 'a mapping of variables', vars, location)
    declarations.push(...settings(vars, location).map((setting) => ({ kind: 'hostVar', host, setting }) as const))
  }
  return declarations
}

function metaVars(meta: unknown, location: Location): Mapping | undefined {
  if (meta === undefined) return undefined
  if (!isMapping(meta)) throw bad('"_meta"', 'a mapping', meta, location)
  if (meta.hostvars === undefined) return undefined
  if (!isMapping(meta.hostvars)) throw bad('"_meta.hostvars"', 'a mapping of hosts', meta.hostvars, location)
  return meta.hostvars
}

function readGroup(group: string, data: unknown, location: Location): Declaration[] {
  const { hosts = [], vars = {}, children = [] } = groupData(group, data)
  if (!isMapping(vars)) throw bad(`"vars" of group "${group}"`, 'a mapping', vars, location)
  return [
    { kind: 'group', group, location },
    ...names(hosts, `"hosts" of group "${group}"`, location).map(
      (host) => ({ kind: 'host', host, group, location }) as const,
    ),
    ...settings(vars, location).map((setting) => ({ kind: 'groupVar', group, setting }) as const),
    ...names(children, `"children" of group "${group}"`, location).flatMap((child): Declaration[] => [
      { kind: 'group', group: child, location },
      { kind: 'child', group, child, location },
    ]),
  ]
}

function groupData(group: string, data: unknown): Mapping {
  if (!isMapping(data)) return { hosts: data }
  const known = 'hosts' in data || 'vars' in data || 'children' in data
  return known ? data : { hosts: [group], vars: data }
}

function names(value: unknown, what: string, location: Location): readonly string[] {
  if (!Array.isArray(value)) throw bad(what, 'a list of names', value, location)
  return value.map((name: unknown) => {
    if (typeof name !== 'string' || name === '') throw bad(`an entry of ${what}`, 'a name', name, location)
    return name
  })
}

function settings(vars: Mapping, location: Location) {
  return Object.entries(vars).map(([name, value]) => ({ name, value: withTemplates(value, location), location }))
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}

function bad(what: string, wanted: string, found: unknown, location: Location): InputError {
  const kind = found === null ? 'null' : Array.isArray(found) ? 'a list' : `a ${typeof found}`
  return new InputError({
    summary: `${what} must be ${wanted}, not ${kind}`,
    location,
    hint: 'the shape is that of `ansible-inventory --list`',
  })
}
