import type { Handler } from '../core/task.ts'
import type { HostRun } from './host-run.ts'
import { changedBy, type Member } from './member.ts'
import type { FinishedTasks } from './resume.ts'
import { handlersOf, type Schedule, type ScheduledTask } from './schedule.ts'
import type { TaskResult } from './task-result.ts'

/** A handler is due where its task changed something: now, or in a run that was interrupted before the handler. */
export function notify(
  { task, view }: ScheduledTask,
  member: Member,
  result: TaskResult,
  { handlers, resume }: Pick<Schedule, 'handlers'> & { readonly resume: FinishedTasks | undefined },
): void {
  const changed = changedBy(result)
  const name = member.run.host.name
  // Whether a run that is resumed changed something, and was interrupted before the handler of it.
  const owed = (handler: ScheduledTask) => resume?.changed(view.id, name) && !resume.finished(handler.view.id, name)
  for (const handler of handlersOf(task)) {
    const scheduled = handlers.get(handler)
    if (!scheduled || !(changed || owed(scheduled))) continue
    const condition = changed === 'maybe' ? `runs if "${task.name}" changes something` : undefined
    owe(handler, scheduled, member, condition)
  }
}

function owe(handler: Handler, scheduled: ScheduledTask, member: Member, condition: string | undefined): void {
  const { run, conditional } = member
  if (condition === undefined) conditional.delete(scheduled)
  else if (!run.notified.has(handler)) conditional.set(scheduled, condition)
  run.notified.add(handler)
}

/** A handler, and the hosts on which it is to run now. */
export interface DueHandler {
  readonly handler: Handler
  readonly scheduled: ScheduledTask
  readonly due: readonly Member[]
}

/** The first handler in the play's order that waits on any host and was not `flushed` there. */
export function firstDue(
  { handlers }: Schedule,
  members: readonly Member[],
  flushed: ReadonlyMap<HostRun, ReadonlySet<Handler>>,
): DueHandler | undefined {
  for (const [handler, scheduled] of handlers) {
    const isDue = ({ run, failed }: Member) => run.notified.has(handler) && !failed && !flushed.get(run)?.has(handler)
    const due = members.filter(isDue)
    if (due.length > 0) return { handler, scheduled, due }
  }
  return undefined
}
