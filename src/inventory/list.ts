import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { Setting } from './declaration.ts'
import type { GroupNode } from './graph.ts'
import type { LoadedInventory } from './grow.ts'
import { groupLayers, hostLayers, winners } from './settings.ts'

/** Plain data that JSON can hold; a Secret prints as asterisks, a template as it was written. */
type Data = Readonly<Record<string, unknown>>

/** What Ansible makes for itself; `ansible-inventory` leaves these out even when an inventory sets them. */
const internal: ReadonlySet<string> = new Set([
  'ansible_diff_mode',
  'ansible_config_file',
  'ansible_facts',
  'ansible_forks',
  'ansible_inventory_sources',
  'ansible_limit',
  'ansible_playbook_python',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_verbosity',
  'ansible_version',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'groups',
  'group_names',
  'omit',
  'playbook_dir',
])

/** The whole inventory in the shape of `ansible-inventory --list`: groups, and the variables of hosts below `_meta`. */
export function inventoryList(inventory: LoadedInventory): Data {
  const { graph, folders } = inventory
  const hosts = inventory.groups.get('all') ?? []
  const hostvars = hosts
    .map((host) => [host, settingsData(winners(hostLayers(graph, folders, host)))] as const)
    .filter(([, vars]) => Object.keys(vars).length > 0)
  const groups = groupsBelow(inventory, 'all').flatMap(groupData)
  return { ...Object.fromEntries(groups), _meta: { hostvars: Object.fromEntries(hostvars) } }
}

/** The variables of one host, as `ansible-inventory --host` shows them. */
export function inventoryHost({ graph, folders }: LoadedInventory, host: string): Data {
  if (graph.hosts.has(host)) return settingsData(winners(hostLayers(graph, folders, host)))
  throw unknown('host', host, graph.hosts.keys())
}

/** The tree of groups and hosts as text, as `ansible-inventory --graph` draws it; with the variables where they are set. */
export function inventoryGraph(inventory: LoadedInventory, start = 'all', withVars = false): string {
  if (!inventory.graph.groups.has(start)) throw unknown('group', start, inventory.graph.groups.keys())
  return drawGroup(inventory, start, 0, withVars).join('\n')
}

function groupData({ name, hosts, children }: GroupNode): readonly (readonly [string, Data])[] {
  const members = name === 'all' ? [] : [...hosts]
  const data = {
    ...(members.length > 0 ? { hosts: members } : {}),
    ...(children.size > 0 ? { children: [...children] } : {}),
  }
  return Object.keys(data).length > 0 ? [[name, data]] : []
}

/** A group and all below it, each once, parents first. */
function groupsBelow({ graph }: LoadedInventory, start: string): readonly GroupNode[] {
  const names = new Set([start])
  for (const name of names) for (const child of graph.groups.get(name)?.children ?? []) names.add(child)
  return [...names].flatMap((name) => graph.groups.get(name) ?? [])
}

function settingsData(settings: ReadonlyMap<string, Setting>): Data {
  const shown = [...settings.values()].filter(({ name }) => !internal.has(name))
  return Object.fromEntries(shown.map(({ name, value }) => [name, value]))
}

function drawGroup(inventory: LoadedInventory, name: string, depth: number, withVars: boolean): readonly string[] {
  const { graph, folders } = inventory
  const group = graph.groups.get(name)
  const hosts = name === 'all' ? [] : [...(group?.hosts ?? [])]
  const hostLines = hosts.flatMap((host) => [
    indent(host, depth + 1),
    ...(withVars ? drawVars(winners(hostLayers(graph, folders, host)), depth + 2) : []),
  ])
  return [
    indent(`@${name}:`, depth),
    ...[...(group?.children ?? [])].flatMap((child) => drawGroup(inventory, child, depth + 1, withVars)),
    ...hostLines,
    ...(withVars && group ? drawVars(winners(groupLayers(folders, group)), depth + 1) : []),
  ]
}

function drawVars(settings: ReadonlyMap<string, Setting>, depth: number): readonly string[] {
  const entries = Object.entries(settingsData(settings)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([name, value]) => indent(`{${name} = ${showValue(value)}}`, depth))
}

/** A value on one line: text as it is, all else as JSON. */
export function showValue(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined'
  const parsed: unknown = json === 'undefined' ? undefined : JSON.parse(json)
  return typeof parsed === 'string' ? parsed : json
}

function indent(text: string, depth: number): string {
  return depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`
}

function unknown(kind: string, name: string, known: Iterable<string>): InputError {
  const guess = nearest(name, known)
  return new InputError({
    summary: `the inventory has no ${kind} "${name}"`,
    hint: guess ? `did you mean "${guess}"?` : 'playbook inventory --graph shows what there is',
  })
}
