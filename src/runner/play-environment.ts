import type { TaskView } from '../core/events.ts'
import type { Inventory } from '../core/host.ts'
import type { HostRun } from './host-run.ts'
import type { TaskEnvironment } from './task-run.ts'

/** What a play runs in. */
export interface PlayEnvironment extends TaskEnvironment {
  readonly inventory: Inventory
  readonly forks: number
  /** Aborted: no new task starts. */
  readonly stop: AbortSignal | undefined
  /** Handlers run also on hosts that failed, whatever the play says. */
  readonly forceHandlers: boolean
  /** Asked before each task whether it is to run. */
  readonly confirm: ((task: TaskView, hosts: readonly string[]) => Promise<boolean>) | undefined
  /** The run of a host by name, also of one outside the play, for delegation. */
  readonly hostRun: (name: string) => HostRun
}
