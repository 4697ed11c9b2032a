import type { Inventory } from '../core/host.ts'
import type { Look } from '../core/look.ts'
import { createContext } from './context.ts'
import type { HostRun } from './host-run.ts'
import { createLookAhead, type LookAhead } from './lookahead.ts'
import type { Outputs } from './outputs.ts'
import { type Schedule, type ScheduledTask, tasksOf } from './schedule.ts'
import type { TaskResult } from './task-result.ts'
import { becomeUser } from './task-run.ts'

/** A host of the play that runs. */
export interface Member {
  readonly run: HostRun
  readonly lookAhead: LookAhead
  /**
   * Set while the host takes no further tasks of the play; a rescue takes it back. `ended`: it is fine, but others ended
   * the play.
   */
  failed: 'failed' | 'unreachable' | 'ended' | undefined
  /** With `check`: tasks of which only apply will tell whether they run here, and why. */
  readonly conditional: Map<ScheduledTask, string>
}

export function createMember(run: HostRun, { items }: Schedule, inventory: Inventory, outputs: Outputs): Member {
  const lookAhead = createLookAhead(tasksOf(items), {
    prepare: ({ task }) => {
      const { when, delegateTo, runOnce } = task.options
      if (delegateTo || runOnce) return undefined
      const context = createContext(run.host, inventory, outputs)
      if (when && !when(context)) return undefined
      return { prepared: task.call.prepare(context), dependent: context.dependent() }
    },
    look: lookOn(run),
  })
  return { run, lookAhead, failed: undefined, conditional: new Map() }
}

/** How tasks look at a host, as the user that each works as. */
export function lookOn(run: HostRun): (scheduled: ScheduledTask) => Look {
  return (scheduled) => run.reader.look(becomeUser(scheduled, run), scheduled.task.options.timeout)
}

/**
 * Books a result for every host that it stands for: the one that acted, or under `runOnce` all. `changedBefore`: the run
 * that is resumed changed something with it, and was interrupted before what hangs on that.
 */
export function book(
  outputs: Outputs,
  { task }: ScheduledTask,
  acted: Member,
  members: readonly Member[],
  result: TaskResult,
  changedBefore: boolean,
): void {
  const { status, failure, output, foreseen = false, notWanted = false, doneBefore = false } = result
  const tolerated = isTolerated(task.options, result)
  const changed = changedBefore || changedBy(result)
  acted.run.count(tolerated ? 'ignored' : status)
  for (const { run } of members)
    if ((status !== 'skipped' || notWanted || doneBefore) && !failure)
      outputs.record(task, run.host.name, { output, foreseen, notWanted, changed })
  if (isFailure(status) && !tolerated) for (const member of members) member.failed = status
}

/** Whether a task changed its host; `maybe` while only apply will tell. */
export function changedBy({ status, changes, unforeseen }: TaskResult): boolean | 'maybe' {
  if (status !== 'changed') return false
  return unforeseen || (changes.length > 0 && changes.every(({ maybe }) => maybe)) ? 'maybe' : true
}

/** Whether the playbook says that this failure does not stop the host. */
export function isTolerated(
  { ignoreErrors = false, ignoreUnreachable = false }: ScheduledTask['task']['options'],
  { status }: TaskResult,
): boolean {
  return (status === 'failed' && ignoreErrors) || (status === 'unreachable' && ignoreUnreachable)
}

function isFailure(status: TaskResult['status']): status is 'failed' | 'unreachable' {
  return status === 'failed' || status === 'unreachable'
}
