import { z } from 'zod'
import type { Emit } from '../core/events.ts'
import { hostVar } from '../core/host.ts'
import type { Look } from '../core/look.ts'
import type { TrackedContext } from './context.ts'
import type { Growth } from './growth.ts'
import type { HostRun } from './host-run.ts'
import type { LockSettings } from './lock.ts'
import type { LookAhead } from './lookahead.ts'
import type { Outputs } from './outputs.ts'
import type { FinishedTasks } from './resume.ts'
import type { PlannedChanges } from './saved-plan.ts'
import type { ScheduledTask } from './schedule.ts'

export interface TaskEnvironment {
  readonly check: boolean
  readonly emit: Emit
  readonly outputs: Outputs
  readonly growth: Growth
  readonly signal: AbortSignal | undefined
  /** A plan that was saved: a task that would change something else fails before it does. */
  readonly plan: PlannedChanges | undefined
  /** Keeps other runs off the hosts that this one changes. */
  readonly lock: LockSettings | undefined
  /** A run that is resumed: what it finished is not done again. */
  readonly resume: FinishedTasks | undefined
  /** Ids of tasks that stand before the one to start at: only looked at, for what later tasks want to know of them. */
  readonly before: ReadonlySet<string>
}

/** A task about to run: on `target`, for the host of `context` (two hosts when it is delegated). */
export interface TaskRun {
  readonly scheduled: ScheduledTask
  readonly target: HostRun
  readonly context: TrackedContext
  readonly lookAhead: LookAhead
  readonly environment: TaskEnvironment
  /** With `check`: why only apply will tell whether it runs at all. */
  readonly condition: string | undefined
}

/** A look at what is there now, after something changed. */
export function freshLook({ scheduled, target }: TaskRun): Look {
  target.reader.forget()
  return target.reader.look(becomeUser(scheduled, target), scheduled.task.options.timeout)
}

export function emitWaiting({ scheduled, context, environment }: TaskRun, condition: string, seen: string) {
  environment.emit({ type: 'host.waiting', task: scheduled.view.id, host: context.host.name, condition, seen })
}

/** The user a task works as; undefined for the one who logs in. */
export function becomeUser({ become }: ScheduledTask, { host }: HostRun): string | undefined {
  if (become === false) return undefined
  return become === true ? hostVar(host, 'ansible_become_user', z.string().default('root')) : become
}
