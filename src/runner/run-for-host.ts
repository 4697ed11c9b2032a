import { type HostEnd, isFailure } from '../core/events.ts'
import { createContext, type TrackedContext } from './context.ts'
import type { HostRun } from './host-run.ts'
import { createLookAhead, type LookAhead } from './lookahead.ts'
import { isTolerated, lookOn, type Member } from './member.ts'
import type { PlayEnvironment } from './play-environment.ts'
import { runTask } from './run-task.ts'
import type { ScheduledTask } from './schedule.ts'
import { endedBy } from './task-ending.ts'
import type { TaskResult } from './task-result.ts'

/** How a task went for a host of the play, and which host it worked on: another one where it is delegated. */
export interface HostResult {
  readonly result: TaskResult
  readonly target: HostRun
}

/**
 * Runs a task for one host of the play, and tells how it ended. `rescuable`: a failure is one that a block will rescue.
 * `everyone`: all hosts of the batch, among which the one that it is delegated to may be.
 */
export async function runForHost(
  scheduled: ScheduledTask,
  member: Member,
  {
    environment,
    everyone,
    rescuable,
  }: {
    readonly environment: PlayEnvironment
    readonly everyone: readonly Member[]
    readonly rescuable: boolean
  },
): Promise<HostResult> {
  const context = createContext(member.run.host, environment.inventory, environment.outputs)
  const started = performance.now()
  const condition = member.conditional.get(scheduled)
  const own = { scheduled, target: member.run, context, lookAhead: member.lookAhead, environment, condition }
  let target = member.run
  let result: TaskResult
  try {
    target = targetOf(scheduled, member, context, environment)
    const lookAhead = target === member.run ? member.lookAhead : delegated(target, everyone)
    result = await runTask({ ...own, target, lookAhead })
  } catch (error) {
    result = endedBy(own, error)
  }
  const seconds = (performance.now() - started) / 1000
  const event = endEvent(scheduled, member, result, seconds)
  environment.emit(rescuable && isFailure(event) ? { ...event, rescued: true } : event)
  return { result, target }
}

function targetOf(
  { task }: ScheduledTask,
  { run }: Member,
  context: TrackedContext,
  { hostRun }: PlayEnvironment,
): HostRun {
  const { delegateTo } = task.options
  const name = typeof delegateTo === 'function' ? delegateTo(context) : delegateTo
  return name === undefined ? run : hostRun(name)
}

function delegated(target: HostRun, everyone: readonly Member[]): LookAhead {
  const own = everyone.find(({ run }) => run === target)?.lookAhead
  return {
    ...createLookAhead([], { prepare: () => undefined, look: lookOn(target) }),
    changedHere: () => own?.changedHere(),
  }
}

function endEvent({ view, task }: ScheduledTask, { run }: Member, result: TaskResult, seconds: number): HostEnd {
  const { status, changes, note, failure, unforeseen } = result
  return {
    type: 'host.end',
    task: view.id,
    host: run.host.name,
    status,
    changes,
    seconds,
    ...(note ? { note } : {}),
    ...(unforeseen ? { unforeseen } : {}),
    ...(failure ? { failure } : {}),
    ...(isTolerated(task.options, result) ? { ignored: true } : {}),
  }
}
