import { InputError } from '../core/errors.ts'
import { formatLocation, type Location } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import type { Declaration, HostDeclaration, Setting, Source } from './declaration.ts'

/** A group as all sources together declare it. */
export interface GroupNode {
  readonly name: string
  readonly location: Location | undefined
  /** Direct members, in the order in which they were declared. */
  readonly hosts: Set<string>
  readonly children: Set<string>
  readonly parents: Set<string>
  /** Every setting of every variable, the last one of a name wins. */
  readonly settings: Setting[]
  /** `ansible_group_priority`: among groups of the same depth the higher one wins. */
  priority: number
  /** Longest way from `all`; deeper groups win. */
  depth: number
}

export interface HostNode {
  readonly name: string
  readonly location: Location
  /** The source that named it first. */
  readonly source: Source
  readonly groups: Set<string>
  readonly settings: Setting[]
}

export interface Graph {
  readonly groups: ReadonlyMap<string, GroupNode>
  readonly hosts: ReadonlyMap<string, HostNode>
}

interface Draft {
  readonly groups: Map<string, GroupNode>
  readonly hosts: Map<string, HostNode>
  /** Groups that a source declares, not only uses. */
  readonly declared: Set<string>
  /** What waits for a group to be declared. */
  waiting: Reference[]
}

type Reference = Extract<Declaration, { kind: 'childReference' | 'groupReference' }>

/**
 * Groups and hosts of all sources, in order, merged as Ansible merges them: every group ends up below `all`, and a host
 * without a group in `ungrouped`.
 *
 * @throws InputError for a cycle, a group that is used but never declared, and a name that is group and host.
 */
export function buildGraph(sources: readonly Source[]): Graph {
  const draft: Draft = { groups: new Map(), hosts: new Map(), declared: new Set(['all', 'ungrouped']), waiting: [] }
  addChild(draft, 'all', 'ungrouped', undefined)
  for (const source of sources) {
    for (const declaration of source.declarations) declare(draft, source, declaration)
    checkReferences(draft)
  }
  placeBelowAll(draft)
  checkNames(draft)
  setDepths(draft)
  return draft
}

function declare(draft: Draft, source: Source, declaration: Declaration): void {
  switch (declaration.kind) {
    case 'group':
      addGroup(draft, declaration.group, declaration.location)
      draft.declared.add(declaration.group)
      settleReferences(draft, declaration.group)
      return
    case 'child':
      addChild(draft, declaration.group, declaration.child, declaration.location)
      return
    case 'host':
      addHost(draft, source, declaration)
      return
    case 'groupVar':
      setGroupVar(addGroup(draft, declaration.group, declaration.setting.location), declaration.setting)
      return
    case 'hostVar':
      draft.hosts.get(declaration.host)?.settings.push(declaration.setting)
      return
    case 'childReference':
    case 'groupReference':
      draft.waiting.push(declaration)
      settleReferences(draft, target(declaration))
      return
  }
}

function addGroup({ groups }: Draft, name: string, location: Location | undefined): GroupNode {
  const known = groups.get(name)
  if (known) return known
  const sets = { hosts: new Set<string>(), children: new Set<string>(), parents: new Set<string>() }
  const group: GroupNode = { name, location, ...sets, settings: [], priority: 1, depth: 0 }
  groups.set(name, group)
  return group
}

function addHost(draft: Draft, source: Source, declared: HostDeclaration): void {
  const { host: name, group, location, port } = declared
  const settings = port === undefined ? [] : [{ name: 'ansible_port', value: port, location }]
  const host = draft.hosts.get(name) ?? { name, location, source, groups: new Set<string>(), settings }
  draft.hosts.set(name, host)
  if (group === undefined) return
  host.groups.add(group)
  addGroup(draft, group, location).hosts.add(name)
}

function addChild(draft: Draft, parentName: string, childName: string, location: Location | undefined): void {
  const parent = addGroup(draft, parentName, location)
  const child = addGroup(draft, childName, location)
  if (parent.children.has(childName)) return
  const way = wayDown(draft, childName, parentName)
  if (way)
    throw new InputError({
      summary: `the groups form a circle: ${[parentName, ...way].join(' → ')}`,
      location,
      hint: `take "${childName}" out of the children of "${parentName}", or the other way round`,
    })
  parent.children.add(childName)
  child.parents.add(parentName)
}

/** The groups on a way from one group down to another, both included. */
function wayDown({ groups }: Draft, from: string, to: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]])
  for (const name of cameFrom.keys()) {
    if (name === to) return trace(cameFrom, to)
    for (const child of groups.get(name)?.children ?? []) if (!cameFrom.has(child)) cameFrom.set(child, name)
  }
  return undefined
}

function trace(cameFrom: ReadonlyMap<string, string | undefined>, to: string): readonly string[] {
  const way: string[] = []
  for (let name: string | undefined = to; name !== undefined; name = cameFrom.get(name)) way.unshift(name)
  return way
}

function setGroupVar(group: GroupNode, setting: Setting): void {
  if (setting.name === 'ansible_group_priority') group.priority = readPriority(setting)
  else group.settings.push(setting)
}

function readPriority({ value, location }: Setting): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Math.trunc(Number(value)) : Number.NaN
  if (Number.isFinite(number)) return number
  throw new InputError({ summary: 'ansible_group_priority must be a whole number', location })
}

function target(reference: Reference): string {
  return reference.kind === 'childReference' ? reference.child : reference.group
}

/** Ties the references to a group that is now declared. */
function settleReferences(draft: Draft, group: string): void {
  if (!draft.declared.has(group)) return
  const settled = draft.waiting.filter((reference) => target(reference) === group)
  draft.waiting = draft.waiting.filter((reference) => target(reference) !== group)
  for (const reference of settled)
    if (reference.kind === 'childReference') addChild(draft, reference.group, reference.child, reference.location)
}

function checkReferences({ waiting: [reference], declared }: Draft): void {
  if (!reference) return
  const name = target(reference)
  const guess = nearest(name, declared)
  throw new InputError({
    summary: `there is no group "${name}"`,
    location: reference.location,
    hint: guess ? `did you mean "${guess}"?` : `declare it with a section [${name}]`,
  })
}

function placeBelowAll(draft: Draft): void {
  for (const { name, parents } of draft.groups.values())
    if (name !== 'all' && parents.size === 0) addChild(draft, 'all', name, undefined)
  const ungrouped = addGroup(draft, 'ungrouped', undefined)
  for (const host of draft.hosts.values()) {
    const own = [...host.groups].filter((name) => name !== 'all' && name !== 'ungrouped')
    if (own.length === 0) {
      host.groups.add('ungrouped')
      ungrouped.hosts.add(host.name)
    } else if (host.groups.delete('ungrouped')) ungrouped.hosts.delete(host.name)
  }
}

function checkNames({ groups, hosts }: Draft): void {
  for (const { name, location, hosts: members, children } of groups.values()) {
    const host = hosts.get(name)
    // A script's short form `{"name": {"variable": 1}}` makes a group of just that host: both mean the same.
    if (!host || (members.has(name) && members.size === 1 && children.size === 0)) continue
    throw new InputError({
      summary: `"${name}" is the name of a group and of a host: a pattern cannot tell them apart`,
      location: host.location,
      ...(location ? { detail: `the group is declared in ${formatLocation(location)}` } : {}),
      hint: 'rename one of them',
    })
  }
}

/** Longest way from `all`, worked out by taking groups whose parents are all done. */
function setDepths({ groups }: Draft): void {
  const missing = new Map([...groups.values()].map(({ name, parents }) => [name, parents.size]))
  const ready = [...groups.values()].filter(({ parents }) => parents.size === 0)
  for (const { depth, children } of ready)
    for (const name of children) {
      const child = groups.get(name)
      if (!child) continue
      child.depth = Math.max(child.depth, depth + 1)
      const left = (missing.get(name) ?? 0) - 1
      missing.set(name, left)
      if (left === 0) ready.push(child)
    }
}

/** Hosts of a group with those of its children, breadth first: the order that `group[0]` counts in. */
export function groupHosts({ groups }: Graph, name: string): readonly string[] {
  const seen = new Set([name])
  const hosts = new Set<string>()
  for (const groupName of seen) {
    const group = groups.get(groupName)
    for (const host of group?.hosts ?? []) hosts.add(host)
    for (const child of group?.children ?? []) seen.add(child)
  }
  return [...hosts]
}

/** Groups of a host with all their parents, `all` left out, in the order in which their variables are laid over each other. */
export function hostGroups({ groups, hosts }: Graph, name: string): readonly GroupNode[] {
  const seen = new Set(hosts.get(name)?.groups)
  for (const group of seen) for (const parent of groups.get(group)?.parents ?? []) seen.add(parent)
  seen.delete('all')
  return [...seen].flatMap((group) => groups.get(group) ?? []).toSorted(byPrecedence)
}

/** Ansible's order: depth, then priority, then name. What comes later wins. */
export function byPrecedence(a: GroupNode, b: GroupNode): number {
  return a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1)
}
