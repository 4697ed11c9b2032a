import type { Location } from '../core/location.ts'

/**
 * What one inventory source says, in the order in which it says it. Every format (YAML, INI, a script's JSON) is read
 * into this list; graph.ts builds groups and hosts from the lists of all sources.
 */
export type Declaration =
  | { readonly kind: 'group'; readonly group: string; readonly location: Location }
  | { readonly kind: 'child'; readonly group: string; readonly child: string; readonly location: Location }
  | HostDeclaration
  | { readonly kind: 'groupVar'; readonly group: string; readonly setting: Setting }
  | { readonly kind: 'hostVar'; readonly host: string; readonly setting: Setting }
  /** A child, or a group that gets variables, which must be declared in this source or in one before it. */
  | { readonly kind: 'childReference'; readonly group: string; readonly child: string; readonly location: Location }
  | { readonly kind: 'groupReference'; readonly group: string; readonly location: Location }

/** A host is named, in a group or not. */
export interface HostDeclaration {
  readonly kind: 'host'
  readonly host: string
  readonly group?: string
  /** Of `name:2222`. As in Ansible it counts where the host is named first, and `ansible_port` overrides it. */
  readonly port?: number | undefined
  readonly location: Location
}

/** One place that gives a variable a value. The value is plain data, with Secret and Template where they stand. */
export interface Setting {
  readonly name: string
  readonly value: unknown
  readonly location: Location
}

/** The declarations of one source, in order. */
export interface Source {
  /** The file, or the literal host list. */
  readonly name: string
  /** Folder that `group_vars` and `host_vars` stand in; undefined for a literal host list. */
  readonly folder?: string | undefined
  readonly declarations: readonly Declaration[]
}
