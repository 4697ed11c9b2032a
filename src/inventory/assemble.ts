import { readFileSync } from 'node:fs'
import { InputError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import type { Environment } from './env.ts'
import { type Graph, groupHosts, type HostNode, hostGroups } from './graph.ts'
import { makeHost } from './host.ts'
import { selectHosts } from './pattern.ts'
import { hostLayers, type VarsFolders, winners } from './settings.ts'

/** Hosts and groups, and the pattern language that selects among them. */
export interface Assembled {
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: Groups
  /** `expected`: names that are no mistake, though nobody has them. */
  select(pattern: string, expected?: readonly string[]): readonly Host[]
}

type Groups = ReadonlyMap<string, readonly string[]>

/** Graph and variables files as the inventory that a run works with. */
export function assemble(graph: Graph, folders: VarsFolders, environment?: Environment): Assembled {
  const groups: Groups = new Map([...graph.groups.keys()].map((name) => [name, groupHosts(graph, name)]))
  const hidden = { groups: Object.fromEntries(groups), env: environment?.values ?? {} }
  const hosts = new Map(
    [...graph.hosts.values()].map((node) => [node.name, inventoryHost(graph, folders, node, hidden)]),
  )
  const names = [...hosts.keys()]
  const host = (name: string): Host => hosts.get(name) ?? localHost(graph, folders, name, hidden)
  return {
    hosts,
    groups,
    select: (pattern, expected = []) => selectHosts(pattern, { hosts: names, groups, expected }, linesOf).map(host),
  }
}

/** The terms of a file of hosts (`--limit @failed.txt`), one a line. */
function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
  } catch {
    throw new InputError({ summary: `there is no readable file of hosts "${file}"`, hint: 'check the path behind "@"' })
  }
}

type Hidden = Readonly<Record<string, unknown>>

function inventoryHost(graph: Graph, folders: VarsFolders, { name, source }: HostNode, hidden: Hidden): Host {
  const groups = hostGroups(graph, name).map((group) => group.name)
  return makeHost({
    name,
    groups,
    settings: winners(hostLayers(graph, folders, name)),
    magic: {
      inventory_hostname: name,
      inventory_hostname_short: shortName(name),
      inventory_file: source.name,
      ...(source.folder === undefined ? {} : { inventory_dir: source.folder }),
      group_names: groups.toSorted(),
    },
    hidden,
  })
}

/** The machine that runs the playbook, when the inventory does not name it: it has the variables of `all`. */
function localHost(graph: Graph, folders: VarsFolders, name: string, hidden: Hidden): Host {
  const connection = { name: 'ansible_connection', value: 'local', location: { file: '(implicit localhost)' } }
  return makeHost({
    name,
    groups: [],
    settings: new Map([...winners(hostLayers(graph, folders, name)), [connection.name, connection]]),
    magic: { inventory_hostname: name, inventory_hostname_short: shortName(name), group_names: [] },
    hidden,
  })
}

/** `web1.example.com` → `web1`, as Ansible cuts it (an IPv4 address too). */
function shortName(name: string): string {
  return name.split('.')[0] ?? name
}
