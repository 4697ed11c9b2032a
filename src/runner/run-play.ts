import type { Handler } from '../core/task.ts'
import { isWanted } from './block-condition.ts'
import type { HostRun } from './host-run.ts'
import { createSlots, mapLimit, type Slots } from './limit.ts'
import { book, createMember, type Member } from './member.ts'
import { firstDue, notify } from './notified.ts'
import type { PlayEnvironment } from './play-environment.ts'
import { runForHost } from './run-for-host.ts'
import type { Schedule, ScheduledBlock, ScheduledItem, ScheduledTask } from './schedule.ts'
import { batches } from './serial.ts'

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
    const inside = members.filter((member) => isWanted(item, member, environment))
    const rescued = rescuable || item.rescue.length > 0
    if (item.parallel) await Promise.all(item.items.map((each) => runItems([each], inside, rescued)))
    else await runItems(item.items, inside, rescued)
    const fallen = inside.filter(({ failed }) => failed)
    if (item.rescue.length > 0) await rescue(item.rescue, fallen, rescuable)
    await runAlways(item.always, inside, rescuable)
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
      const { result, target } = await runForHost(scheduled, member, { environment, everyone, rescuable })
      if (result.status === 'changed' || result.status === 'failed') changed.add(target)
      const changedBefore = resume?.changed(scheduled.view.id, member.run.host.name) ?? false
      book(environment.outputs, scheduled, member, runOnce ? members : [member], result, changedBefore)
      notify(scheduled, member, result, { handlers, resume })
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

  /** Each handler once a host, also where handlers notify each other in a circle. */
  const flush = async (members: readonly Member[]) => {
    const flushed = new Map(members.map(({ run }) => [run, new Set<Handler>()]))
    for (
      let next = firstDue(schedule, members, flushed);
      next && !stopped();
      next = firstDue(schedule, members, flushed)
    ) {
      for (const { run } of next.due) flushed.get(run)?.add(next.handler)
      await runOn(next.scheduled, next.due, false)
    }
    for (const [run, done] of flushed) for (const handler of done) run.notified.delete(handler)
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
