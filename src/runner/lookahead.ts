import type { Look } from '../core/look.ts'
import type { Observation, PreparedModule } from '../core/prepared-module.ts'
import type { ScheduledTask } from './schedule.ts'

/** A task whose arguments are known. */
export interface ReadyTask {
  readonly prepared: PreparedModule<unknown>
  /** Its arguments were made from the output of other tasks. */
  readonly dependent: boolean
}

/** What the look-ahead needs to know of a task on its host. */
export interface Ahead {
  /** Undefined where the task cannot or need not be looked at yet: its arguments are not known, or it is skipped. */
  prepare(task: ScheduledTask): ReadyTask | undefined
  look(task: ScheduledTask): Look
}

/** Reads tasks before their turn, so that their questions travel together. */
export interface LookAhead {
  /** What a task saw: read ahead, or read now together with the tasks after it. */
  observe(task: ScheduledTask, prepared: PreparedModule<unknown>): Promise<Observation<unknown>>
  /** This host changed: all that was read ahead is old. */
  changedHere(): void
  /** Another host changed: what can be seen from here of more than this host is old. */
  changedElsewhere(): void
}

/**
 * How far it looks ahead grows like a TCP window: a host where nothing changes is read in one go, one that is being
 * built is read task by task instead of again and again for tasks that will see something else.
 */
export function createLookAhead(tasks: readonly ScheduledTask[], ahead: Ahead): LookAhead {
  const seen = new Map<ScheduledTask, Observation<unknown>>()
  const dependents = new Set<ScheduledTask>()
  let window = tasks.length

  const readFrom = async (task: ScheduledTask, prepared: PreparedModule<unknown>): Promise<Observation<unknown>> => {
    const start = tasks.indexOf(task) + 1
    const own = prepared.observe(ahead.look(task))
    const later = (start > 0 ? tasks.slice(start, start + window) : []).map(async (next) => {
      const ready = ahead.prepare(next)
      if (!ready) return
      if (ready.dependent) dependents.add(next)
      seen.set(next, await ready.prepared.observe(ahead.look(next)))
    })
    window = Math.min(Math.max(1, window * 2), tasks.length)
    // A task that cannot be read before its turn is read again when its turn comes, and fails then if it must.
    await Promise.allSettled([own, ...later])
    return own
  }

  return {
    observe: async (task, prepared) => {
      const known = seen.get(task)
      seen.delete(task)
      return known ?? readFrom(task, prepared)
    },
    changedHere: () => {
      seen.clear()
      window = 0
    },
    changedElsewhere: () => {
      for (const task of seen.keys()) if (task.task.call.scope !== 'host' || dependents.has(task)) seen.delete(task)
    },
  }
}
