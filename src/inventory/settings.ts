import type { Setting } from './declaration.ts'
import { byPrecedence, type Graph, type GroupNode, hostGroups } from './graph.ts'

/** Where a layer of settings comes from. */
export interface Layer {
  /** Group or host that the settings are written for. */
  readonly of: string
  readonly kind: 'group' | 'host'
  readonly settings: readonly Setting[]
}

/** The variables files of one folder: `group_vars/<group>` and `host_vars/<host>`. */
export interface VarsFolder {
  readonly groups: ReadonlyMap<string, readonly Setting[]>
  readonly hosts: ReadonlyMap<string, readonly Setting[]>
}

export interface VarsFolders {
  /** Beside each inventory source, in the order of the sources. */
  readonly inventory: readonly VarsFolder[]
  /** Beside the playbook. */
  readonly playbook: readonly VarsFolder[]
}

/**
 * Everything that sets a variable of a host, weakest first, in Ansible's order of precedence
 * (https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html, levels 3 to 10).
 */
export function hostLayers(graph: Graph, folders: VarsFolders, host: string): readonly Layer[] {
  const all = [...graph.groups.values()].filter(({ name }) => name === 'all')
  const groups = hostGroups(graph, host).toSorted(byPrecedence)
  return [
    ...all.map(inline),
    ...groups.map(inline),
    ...fromFolders(folders.inventory, all),
    ...fromFolders(folders.playbook, all),
    ...fromFolders(folders.inventory, groups),
    ...fromFolders(folders.playbook, groups),
    { of: host, kind: 'host', settings: graph.hosts.get(host)?.settings ?? [] },
    ...[...folders.inventory, ...folders.playbook].map(
      ({ hosts }): Layer => ({ of: host, kind: 'host', settings: hosts.get(host) ?? [] }),
    ),
  ]
}

/** Everything that sets a variable for a group itself, weakest first. */
export function groupLayers(folders: VarsFolders, group: GroupNode): readonly Layer[] {
  return [inline(group), ...fromFolders([...folders.inventory, ...folders.playbook], [group])]
}

/** The setting that wins for each variable. */
export function winners(layers: readonly Layer[]): ReadonlyMap<string, Setting> {
  return new Map(layers.flatMap(({ settings }) => settings.map((setting) => [setting.name, setting] as const)))
}

function inline({ name, settings }: GroupNode): Layer {
  return { of: name, kind: 'group', settings }
}

function fromFolders(folders: readonly VarsFolder[], groups: readonly GroupNode[]): readonly Layer[] {
  return folders.flatMap((folder) =>
    groups.map(({ name }): Layer => ({ of: name, kind: 'group', settings: folder.groups.get(name) ?? [] })),
  )
}
