import type { Difference } from './change.ts'
import type { Diagnosis } from './errors.ts'
import type { Location } from './location.ts'

export type HostStatus = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable'

/** How often each status came up on a host; failures that were ignored or rescued are counted apart. */
export interface HostRecap {
  readonly host: string
  readonly ok: number
  readonly changed: number
  readonly skipped: number
  readonly failed: number
  readonly unreachable: number
  readonly ignored: number
  readonly rescued: number
}

export interface ChangeView {
  readonly summary: string
  readonly command: string
  readonly diff?: Difference
  /** Equal for the same command with the same input; a secret input is left out of it. */
  readonly fingerprint: string
  /** With `check`: why it may turn out to be needless. */
  readonly maybe?: string
  /** False of what leaves the host as it is: it waits, asserts, or tells something. */
  readonly counts?: false
  /** With `check`: parts of it are known only after apply. */
  readonly open?: true
}

export interface TaskView {
  /** Unique in a run: the same task may stand in several plays. */
  readonly id: string
  readonly name: string
  readonly module: string
  readonly handler: boolean
  readonly location: Location | undefined
}

/** A command of a request, and what came of it; without output when that may hold a secret. */
export interface RequestedCommand {
  readonly command: string
  readonly outcome: string
  readonly output: string
}

/**
 * What happens, in order, as plain data; times in seconds. All that people and programs see of a run is made from
 * these, by reporters.
 */
export type RunEvent =
  | { readonly type: 'run.start'; readonly playbook: string; readonly check: boolean; readonly time: string }
  | { readonly type: 'play.start'; readonly play: string; readonly hosts: readonly string[] }
  | { readonly type: 'task.start'; readonly task: TaskView; readonly hosts: readonly string[] }
  | { readonly type: 'host.output'; readonly task: string; readonly host: string; readonly line: string }
  | { readonly type: 'host.connect'; readonly host: string; readonly seconds: number }
  | {
      /** One round trip to a host; told with `-vv` and more. */
      readonly type: 'host.request'
      readonly host: string
      readonly become?: string
      readonly seconds: number
      readonly commands: readonly RequestedCommand[]
    }
  | {
      readonly type: 'host.waiting'
      readonly task: string
      readonly host: string
      readonly condition: string
      readonly seen: string
    }
  | {
      readonly type: 'host.end'
      readonly task: string
      readonly host: string
      readonly status: HostStatus
      /** Made, or with `check` planned. */
      readonly changes: readonly ChangeView[]
      readonly seconds: number
      /** Why it was skipped, or what cannot be known yet. */
      readonly note?: string
      /** With `check`: what it will change is known only after apply. */
      readonly unforeseen?: true
      readonly failure?: Diagnosis
      /** The failure does not stop the host. */
      readonly ignored?: boolean
      /** The failure is one that the `rescue` of its block takes care of. */
      readonly rescued?: true
    }
  | { readonly type: 'task.end'; readonly task: string }
  | { readonly type: 'play.end'; readonly play: string }
  | { readonly type: 'message'; readonly level: 'info' | 'warning'; readonly text: string }
  | {
      readonly type: 'run.end'
      readonly recap: readonly HostRecap[]
      readonly seconds: number
      readonly exitCode: number
      readonly requests: number
      readonly connections: number
    }

/** How a task ended on a host. */
export type HostEnd = Extract<RunEvent, { type: 'host.end' }>

/** Whether an end is one that stops its host, at least until a rescue. */
export function isFailure({ status, ignored }: HostEnd): boolean {
  return (status === 'failed' || status === 'unreachable') && !ignored
}

export type Emit = (event: RunEvent) => void

/** Turns events into something to see. `end` is awaited before the process leaves. */
export interface Reporter {
  on(event: RunEvent): void
  end?(): Promise<void>
}
