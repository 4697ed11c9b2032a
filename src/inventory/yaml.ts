import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import type { Declaration } from './declaration.ts'
import { expandHosts } from './hostname.ts'
import { type Entry, isEmpty, type Located, plain } from './located.ts'
import type { YamlOptions } from './yaml-reading.ts'
import { readYaml } from './yaml-text.ts'

const sections = ['hosts', 'children', 'vars']

/**
 * Ansible's YAML inventory: groups by name, each with `hosts`, `children` and `vars`.
 *
 * @throws InputError with file:line:column. Unlike Ansible, which skips what it does not know, a key that is none of
 * the three is an error: `host:` instead of `hosts:` would lose machines.
 */
export function parseYamlInventory(text: string, options: YamlOptions): readonly Declaration[] {
  const root = readYaml(text, options)
  const location = { file: options.file, line: 1, column: 1 }
  if (!root || isEmpty(root))
    throw new InputError({ summary: 'the inventory is empty', location, hint: 'begin with "all:"' })
  if (root.kind !== 'map')
    throw new InputError({
      summary: 'an inventory in YAML is a mapping of groups',
      location,
      hint: 'begin with "all:"',
    })
  const plugin = root.entries.find(({ key }) => key === 'plugin')
  if (plugin)
    throw new InputError({
      summary: 'this configures an inventory plugin of Ansible, which cannot run here',
      location: plugin.location,
      hint: 'write a TypeScript inventory, or save what `ansible-inventory --list` prints and make a script print it',
    })
  return root.entries.flatMap(readGroup)
}

function readGroup({ key, value, location }: Entry): Declaration[] {
  const group = name(key, location, 'a group')
  const declarations: Declaration[] = [{ kind: 'group', group, location }]
  for (const entry of mapping(value, `group "${group}"`)) {
    const content = sectionEntries(entry, group)
    if (entry.key === 'vars') declarations.push(...content.map((variable) => readGroupVar(group, variable)))
    else if (entry.key === 'hosts') declarations.push(...content.flatMap((host) => readHosts(group, host)))
    else declarations.push(...content.flatMap((child) => readChild(group, child)))
  }
  return declarations
}

/** Entries of `hosts`, `children` or `vars`; one name alone stands for a mapping with just that name. */
function sectionEntries({ key, value, location }: Entry, group: string): readonly Entry[] {
  if (!sections.includes(String(key))) throw unknownKey(String(key), location, group)
  if (value.kind === 'scalar' && typeof value.value === 'string')
    return [{ key: value.value, value: { ...value, value: null }, location: value.location }]
  return mapping(value, `"${String(key)}" of group "${group}"`)
}

function readGroupVar(group: string, { key, value, location }: Entry): Declaration {
  return { kind: 'groupVar', group, setting: { name: String(key), value: plain(value), location } }
}

function readChild(group: string, entry: Entry): Declaration[] {
  const child = name(entry.key, entry.location, 'a group')
  return [{ kind: 'child', group, child, location: entry.location }, ...readGroup(entry)]
}

function readHosts(group: string, { key, value, location }: Entry): Declaration[] {
  const { names, port } = expandHosts(name(key, location, 'a host'), location)
  const settings = mapping(value, `host "${String(key)}"`).map((entry) => ({
    name: String(entry.key),
    value: plain(entry.value),
    location: entry.location,
  }))
  return names.flatMap((host): Declaration[] => [
    { kind: 'host', host, group, port, location },
    ...settings.map((setting): Declaration => ({ kind: 'hostVar', host, setting })),
  ])
}

function mapping(value: Located, what: string): readonly Entry[] {
  if (value.kind === 'map') return value.entries
  if (value.kind === 'scalar' && value.value === null) return []
  throw new InputError({
    summary: `${what} must be a mapping, not ${value.kind === 'list' ? 'a list' : 'a single value'}`,
    location: value.location,
    hint: 'write "name:" on a line of its own for each entry, without a dash',
  })
}

function name(key: unknown, location: Location, what: string): string {
  if (typeof key === 'string' && key !== '') return key
  throw new InputError({
    summary: `the name of ${what} must be text, but YAML reads ${JSON.stringify(key)} here`,
    location,
    hint: 'put the name in quotes',
  })
}

function unknownKey(key: string, location: Location, group: string): InputError {
  const guess = nearest(key, sections)
  return new InputError({
    summary: `group "${group}" has an unknown key "${key}"`,
    location,
    detail: 'a group has "hosts", "children" and "vars"',
    hint: guess ? `did you mean "${guess}"?` : `move "${key}" below "vars", or below "children" if it is a group`,
  })
}
