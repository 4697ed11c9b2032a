import { isDeepStrictEqual } from 'node:util'
import { InputError } from '../core/errors.ts'
import type { Addition, Inventory } from '../core/host.ts'
import { reveal, Secret } from '../core/secret.ts'
import { type Assembled, assemble } from './assemble.ts'
import type { Declaration, Source } from './declaration.ts'
import type { Environment } from './env.ts'
import { buildGraph, type Graph } from './graph.ts'
import { isAddress } from './hostname.ts'
import type { VarsFolder, VarsFolders } from './settings.ts'

/** The inventory with what `playbook inventory` shows of it. */
export interface LoadedInventory extends Inventory {
  readonly graph: Graph
  readonly folders: VarsFolders
}

/** What an inventory is made of. */
export interface Parts {
  readonly sources: readonly Source[]
  /** Of all sources. */
  readonly graph: Graph
  readonly folders: VarsFolders
  /** Reads the variables files of groups and hosts. */
  readonly readVars: (groups: readonly string[], hosts: readonly string[]) => Promise<VarsFolders>
  readonly environment: Environment | undefined
}

/** An inventory that can be added to: an addition is one more source, and makes a new inventory of all of them. */
export function inventoryOf(parts: Parts, expected: readonly string[] = []): LoadedInventory {
  const { graph, folders, environment } = parts
  // A task of a thousand hosts makes a thousand inventories, of which one is looked at.
  const assembled = once(() => assemble(graph, folders, environment))
  return inventoryWith(parts, assembled, expected)
}

function inventoryWith(parts: Parts, assembled: () => Assembled, expected: readonly string[]): LoadedInventory {
  return {
    graph: parts.graph,
    folders: parts.folders,
    get hosts() {
      return assembled().hosts
    },
    get groups() {
      return assembled().groups
    },
    select: (pattern) => assembled().select(pattern, expected),
    expecting: (names) => inventoryWith(parts, assembled, [...expected, ...names]),
    adding: async (addition) => {
      refuseOddName(addition)
      if (parts.graph.hosts.has(addition.host)) refuseOtherWay(addition, assembled)
      return inventoryOf(await withAddition(parts, addition), expected)
    },
  }
}

async function withAddition(parts: Parts, addition: Addition): Promise<Parts> {
  const sources = [...parts.sources, { name: '(added by the run)', declarations: declarationsOf(addition) }]
  const graph = buildGraph(sources)
  const unread = (now: ReadonlyMap<string, unknown>, before: ReadonlyMap<string, unknown>) =>
    [...now.keys()].filter((name) => !before.has(name))
  const groups = unread(graph.groups, parts.graph.groups)
  const hosts = unread(graph.hosts, parts.graph.hosts)
  if (groups.length + hosts.length === 0) return { ...parts, sources, graph }
  const { inventory, playbook } = await parts.readVars(groups, hosts)
  const folders = {
    inventory: parts.folders.inventory.map((folder, index) => joined(folder, inventory[index])),
    playbook: parts.folders.playbook.map((folder, index) => joined(folder, playbook[index])),
  }
  return { ...parts, sources, graph, folders }
}

function declarationsOf({ host, groups, parents, vars, location }: Addition): Declaration[] {
  const place = location ?? { file: '(added by the run)' }
  return [
    { kind: 'host', host, location: place },
    ...groups.flatMap((group): Declaration[] => [
      { kind: 'group', group, location: place },
      { kind: 'host', host, group, location: place },
      ...parents.map((parent) => ({ kind: 'child', group: parent, child: group, location: place }) as const),
    ]),
    ...Object.entries(vars).map(
      ([name, value]) => ({ kind: 'hostVar', host, setting: { name, value, location: place } }) as const,
    ),
  ]
}

function joined(folder: VarsFolder, more: VarsFolder | undefined): VarsFolder {
  return {
    groups: new Map([...folder.groups, ...(more?.groups ?? [])]),
    hosts: new Map([...folder.hosts, ...(more?.hosts ?? [])]),
  }
}

function refuseOddName({ host, location }: Addition): void {
  if (isAddress(host) && !host.includes('[')) return
  throw new InputError({
    summary: `${JSON.stringify(host)} is no name of one host`,
    location,
    hint: 'give a host name or an address; a port goes into ansible_port',
  })
}

/** Its connection may stand already: a host that moves in the middle of a run would be two machines under one name. */
function refuseOtherWay({ host, vars, location }: Addition, assembled: () => Assembled): void {
  const ways = Object.keys(vars).filter((name) => name.startsWith('ansible_'))
  const other = ways.find((name) => !same(vars[name], assembled().hosts.get(host)?.vars[name]))
  if (other === undefined) return
  throw new InputError({
    summary: `host "${host}" is in the inventory already, with another ${other} or none`,
    location,
    hint: 'how a host is reached does not change in a run: give the new one another name, or leave this variable out',
  })
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  const [left, right] = [a, b].map((value) => (value instanceof Secret ? reveal(value) : value))
  return isDeepStrictEqual(left, right)
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
