import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve as resolvePath } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { Host, Inventory } from '../core/host.ts'
import type { Source } from './declaration.ts'
import { buildGraph, type Graph, groupHosts, type HostNode, hostGroups } from './graph.ts'
import { makeHost } from './host.ts'
import { selectHosts } from './pattern.ts'
import { hostLayers, type VarsFolders, winners } from './settings.ts'
import { parseYamlInventory } from './yaml.ts'

export interface InventoryOptions {
  /** Folder of the playbook: its `group_vars` and `host_vars` are laid over those beside the inventory. */
  readonly playbookFolder?: string | undefined
}

/** The inventory with what `playbook inventory` shows of it. */
export interface LoadedInventory extends Inventory {
  readonly graph: Graph
  readonly folders: VarsFolders
}

/**
 * Reads inventories (files, folders, literal lists such as `host1,host2,`) and merges them in order.
 *
 * @throws InputError with file:line:column for what cannot be used.
 */
export async function loadInventory(
  paths: readonly string[],
  _options: InventoryOptions = {},
): Promise<LoadedInventory> {
  const sources = await Promise.all(paths.map(readSource))
  return assemble(buildGraph(sources), { inventory: [], playbook: [] })
}

async function readSource(path: string): Promise<Source> {
  const file = resolvePath(path)
  const info = await stat(file).catch(() => undefined)
  if (!info?.isFile())
    throw new InputError({ summary: `there is no inventory "${path}"`, hint: 'check the path of -i' })
  const text = await readFile(file, 'utf8')
  return { name: file, folder: dirname(file), declarations: parseYamlInventory(text, { file: path }) }
}

/** Graph and variables files as the inventory that a run works with. */
export function assemble(graph: Graph, folders: VarsFolders): LoadedInventory {
  const groups = new Map([...graph.groups.keys()].map((name) => [name, groupHosts(graph, name)]))
  const hosts = new Map(
    [...graph.hosts.values()].map((node) => [node.name, inventoryHost(graph, folders, node, groups)]),
  )
  const names = { hosts: [...hosts.keys()], groups }
  const host = (name: string): Host => hosts.get(name) ?? localHost(graph, folders, name, groups)
  return { hosts, groups, graph, folders, select: (pattern) => selectHosts(pattern, names).map(host) }
}

function inventoryHost(
  graph: Graph,
  folders: VarsFolders,
  { name, source }: HostNode,
  groups: ReadonlyMap<string, readonly string[]>,
): Host {
  const groupNames = hostGroups(graph, name).map((group) => group.name)
  return makeHost({
    name,
    groups: groupNames,
    settings: winners(hostLayers(graph, folders, name)),
    magic: {
      inventory_hostname: name,
      inventory_hostname_short: shortName(name),
      inventory_file: source.name,
      ...(source.folder === undefined ? {} : { inventory_dir: source.folder }),
      group_names: groupNames.toSorted(),
    },
    hidden: { groups: Object.fromEntries(groups) },
  })
}

/** The machine that runs the playbook, when the inventory does not name it: it has the variables of `all`. */
function localHost(
  graph: Graph,
  folders: VarsFolders,
  name: string,
  groups: ReadonlyMap<string, readonly string[]>,
): Host {
  const location = { file: '(implicit localhost)' }
  const connection = { name: 'ansible_connection', value: 'local', location }
  return makeHost({
    name,
    groups: [],
    settings: new Map([[connection.name, connection], ...winners(hostLayers(graph, folders, name))]),
    magic: { inventory_hostname: name, inventory_hostname_short: shortName(name), group_names: [] },
    hidden: { groups: Object.fromEntries(groups) },
  })
}

/** `web1.example.com` → `web1`, as Ansible cuts it (an IPv4 address too). */
function shortName(name: string): string {
  return name.split('.')[0] ?? name
}
