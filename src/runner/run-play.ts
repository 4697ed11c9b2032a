import { diagnose } from '../core/errors.ts'
import { type HostEnd, isFailure, type TaskView } from '../core/events.ts'
import type { Inventory } from '../core/host.ts'
import type { Handler } from '../core/task.ts'
import { createContext, type TrackedContext } from './context.ts'
import type { HostRun } from './host-run.ts'
import { createSlots, mapLimit, type Slots } from './limit.ts'
import { createLookAhead, type LookAhead } from './lookahead.ts'
import { book, changedBy, createMember, isTolerated, lookOn, type Member } from './member.ts'
import { NotKnownYet } from './outputs.ts'
import { endedBy, runTask } from './run-task.ts'
import {
  handlersOf,
  type Schedule,
  type ScheduledBlock,
  type ScheduledItem,
  type ScheduledTask,
  tasksOf,
} from './schedule.ts'
import { batches } from './serial.ts'
import type { TaskResult } from './task-result.ts'
import type { TaskEnvironment } from './task-run.ts'

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

/** Why a play was left before its end; undefined when it was not. */
export type PlayEnd = string | undefined

/** Runs one play on its hosts, batch by batch. Hosts that failed are added to `lost`. */
export async function runPlay(
  schedule: Schedule,
  hosts: readonly HostRun[],
  environment: PlayEnvironment,
  lost: Set<HostRun>,
): Promise<PlayEnd> {
  for (const batch of batches(hosts, schedule.play.serial)) {
    const members = batch.map((run) => createMember(run, schedule, environment.inventory, environment.outputs))
    const end = await runBatch(schedule, members, environment)
    for (const member of members) if (member.failed) lost.add(member.run)
    if (end) return end
    if (members.every(({ failed }) => failed)) return `no host is left in play "${schedule.play.name}"`
  }
  return undefined
}

async function runBatch(
  schedule: Schedule,
  members: readonly Member[],
  environment: PlayEnvironment,
): Promise<PlayEnd> {
  const batch = createBatch(schedule, members, environment)
  const { strategy } = schedule.play
  if (strategy === 'linear') await batch.all(members)
  else {
    const atOnce = strategy === 'free' ? members.length : environment.forks
    await mapLimit(members, atOnce, (member) => batch.all([member]))
  }
  return batch.end()
}

/** The walk through a play's items for one batch of hosts. */
function createBatch(schedule: Schedule, everyone: readonly Member[], environment: PlayEnvironment) {
  const { play, handlers } = schedule
  const { resume } = environment
  const forks = createSlots(environment.forks)
  const throttles = new Map<ScheduledTask, Slots>()
  let end: PlayEnd

  const stopped = () => environment.stop?.aborted === true

  const throttled = (scheduled: ScheduledTask): Slots => {
    const { throttle = environment.forks } = scheduled.task.options
    const slots = throttles.get(scheduled) ?? createSlots(throttle)
    throttles.set(scheduled, slots)
    return slots
  }

  const runItems = async (items: readonly ScheduledItem[], members: readonly Member[], rescuable: boolean) => {
    for (const item of items) {
      const alive = members.filter(({ failed }) => !failed)
      if (alive.length === 0 || stopped()) return
      if (item.kind === 'task') await runOn(item, alive, rescuable)
      else if (item.kind === 'flush') await flush(alive)
      else await runBlock(item, alive, rescuable)
    }
  }

  const runBlock = async (item: ScheduledBlock, members: readonly Member[], rescuable: boolean) => {
    const inside = members.filter((member) => holds(item, member))
    const rescued = rescuable || item.rescue.length > 0
    if (item.parallel) await Promise.all(item.items.map((each) => runItems([each], inside, rescued)))
    else await runItems(item.items, inside, rescued)
    const fallen = inside.filter(({ failed }) => failed)
    if (item.rescue.length > 0) await rescue(item.rescue, fallen, rescuable)
    await runAlways(item.always, inside, rescuable)
  }

  /** Whether a block is for a host; one for which that cannot be told fails before it. */
  const holds = (item: ScheduledBlock, member: Member): boolean => {
    const { when } = item
    const { host } = member.run
    if (!when) return true
    try {
      return when(createContext(host, environment.inventory, environment.outputs))
    } catch (error) {
      const unknown = error instanceof NotKnownYet
      if (unknown && environment.check && environment.outputs.ran(error.task, error.host)) {
        const why = `whether its block runs is known only after apply: the condition needs ${error.message}`
        for (const task of tasksOf([item])) member.conditional.set(task, why)
        return true
      }
      const { summary } = diagnose(unknown ? environment.outputs.missing(error) : error)
      const text = `${host.name}: whether a block is to run cannot be told: ${summary}`
      environment.emit({ type: 'message', level: 'warning', text })
      member.run.count('failed')
      member.failed = 'failed'
      return false
    }
  }

  const rescue = async (items: readonly ScheduledItem[], fallen: readonly Member[], rescuable: boolean) => {
    const statuses = new Map(fallen.map((member) => [member, member.failed]))
    for (const member of fallen) member.failed = undefined
    await runItems(items, fallen, rescuable)
    for (const [member, status] of statuses)
      if (status && status !== 'ended' && !member.failed) member.run.rescue(status)
  }

  const runAlways = async (items: readonly ScheduledItem[], members: readonly Member[], rescuable: boolean) => {
    const before = new Map(members.map((member) => [member, member.failed]))
    for (const member of members) member.failed = undefined
    await runItems(items, members, rescuable)
    for (const [member, status] of before) member.failed ??= status
  }

  const runOn = async (scheduled: ScheduledTask, members: readonly Member[], rescuable: boolean) => {
    const { runOnce } = scheduled.task.options
    const acting = runOnce ? members.slice(0, 1) : members
    const names = acting.map(({ run }) => run.host.name)
    if (!(await wanted(scheduled, names))) return
    environment.emit({ type: 'task.start', task: scheduled.view, hosts: names })
    const changed = new Set<HostRun>()
    const act = async (member: Member) => {
      if (stopped()) return
      const { result, target } = await runFor(scheduled, member, rescuable)
      if (result.status === 'changed' || result.status === 'failed') changed.add(target)
      const changedBefore = resume?.changed(scheduled.view.id, member.run.host.name) ?? false
      book(environment.outputs, scheduled, member, runOnce ? members : [member], result, changedBefore)
      notify(scheduled, member, result)
    }
    const slots = throttled(scheduled)
    await Promise.all(acting.map((member) => slots(() => forks(() => act(member)))))
    forgetOld(changed)
    environment.emit({ type: 'task.end', task: scheduled.view.id })
    if (!rescuable) endFor(fatal(members))
  }

  const wanted = async ({ view }: ScheduledTask, names: readonly string[]) =>
    !environment.confirm || environment.before.has(view.id) || environment.confirm(view, names)

  /** What was read ahead on a host is old when another one changed. */
  const forgetOld = (changed: ReadonlySet<HostRun>) => {
    for (const { run, lookAhead } of everyone)
      if (changed.size > (changed.has(run) ? 1 : 0)) {
        lookAhead.changedElsewhere()
        run.reader.forget()
      }
  }

  const runFor = async (scheduled: ScheduledTask, member: Member, rescuable: boolean) => {
    const context = createContext(member.run.host, environment.inventory, environment.outputs)
    const started = performance.now()
    const condition = member.conditional.get(scheduled)
    const own = { scheduled, target: member.run, context, lookAhead: member.lookAhead, environment, condition }
    let target = member.run
    let result: TaskResult
    try {
      target = targetOf(scheduled, member, context)
      const lookAhead = target === member.run ? member.lookAhead : delegated(target)
      result = await runTask({ ...own, target, lookAhead })
    } catch (error) {
      result = endedBy(own, error)
    }
    const seconds = (performance.now() - started) / 1000
    const event = endEvent(scheduled, member, result, seconds)
    environment.emit(rescuable && isFailure(event) ? { ...event, rescued: true } : event)
    return { result, target }
  }

  const targetOf = ({ task }: ScheduledTask, { run }: Member, context: TrackedContext): HostRun => {
    const { delegateTo } = task.options
    const name = typeof delegateTo === 'function' ? delegateTo(context) : delegateTo
    return name === undefined ? run : environment.hostRun(name)
  }

  const delegated = (target: HostRun): LookAhead => {
    const own = everyone.find(({ run }) => run === target)?.lookAhead
    return {
      ...createLookAhead([], { prepare: () => undefined, look: lookOn(target) }),
      changedHere: () => own?.changedHere(),
    }
  }

  /** A handler is due where its task changed something: now, or in a run that was interrupted before the handler. */
  const notify = ({ task, view }: ScheduledTask, member: Member, result: TaskResult) => {
    const changed = changedBy(result)
    for (const handler of handlersOf(task)) {
      const scheduled = handlers.get(handler)
      if (!scheduled || !(changed || owed(view.id, scheduled.view.id, member))) continue
      const condition = changed === 'maybe' ? `runs if "${task.name}" changes something` : undefined
      owe(handler, scheduled, member, condition)
    }
  }

  /** Whether a run that is resumed changed something, and was interrupted before the handler of it. */
  const owed = (task: string, handler: string, { run: { host } }: Member) =>
    resume?.changed(task, host.name) && !resume.finished(handler, host.name)

  const owe = (handler: Handler, scheduled: ScheduledTask, member: Member, condition: string | undefined) => {
    const { run, conditional } = member
    if (condition === undefined) conditional.delete(scheduled)
    else if (!run.notified.has(handler)) conditional.set(scheduled, condition)
    run.notified.add(handler)
  }

  /** Each handler once a host, also where handlers notify each other in a circle. */
  const flush = async (members: readonly Member[]) => {
    const flushed = new Map(members.map(({ run }) => [run, new Set<Handler>()]))
    for (let next = firstDue(members, flushed); next && !stopped(); next = firstDue(members, flushed)) {
      for (const { run } of next.due) flushed.get(run)?.add(next.handler)
      await runOn(next.scheduled, next.due, false)
    }
    for (const [run, done] of flushed) for (const handler of done) run.notified.delete(handler)
  }

  const firstDue = (members: readonly Member[], flushed: ReadonlyMap<HostRun, ReadonlySet<Handler>>) => {
    for (const [handler, scheduled] of handlers) {
      const isDue = ({ run, failed }: Member) => run.notified.has(handler) && !failed && !flushed.get(run)?.has(handler)
      const due = members.filter(isDue)
      if (due.length > 0) return { handler, scheduled, due }
    }
    return undefined
  }

  /** Nobody goes on, but `always` and forced handlers still run. */
  const endFor = (reason: PlayEnd) => {
    if (!reason) return
    end ??= reason
    for (const member of everyone) member.failed ??= 'ended'
  }

  const fatal = (members: readonly Member[]): PlayEnd => {
    const failed = members.filter((member) => member.failed)
    if (failed.length === 0) return undefined
    const names = failed.map(({ run }) => run.host.name).join(', ')
    if (play.anyErrorsFatal) return `play "${play.name}" ends at its first error (anyErrorsFatal): ${names}`
    const share = (everyone.filter((member) => member.failed).length / everyone.length) * 100
    if (share <= play.maxFailPercentage) return undefined
    return `play "${play.name}" ends: more than ${play.maxFailPercentage} % of its hosts failed`
  }

  return {
    all: async (members: readonly Member[]) => {
      await runItems(schedule.items, members, false)
      if (play.forceHandlers || environment.forceHandlers) await runAlways([{ kind: 'flush' }], members, false)
      else await flush(members.filter(({ failed }) => !failed))
    },
    end: () => end,
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
