import { isFailure, type RunEvent } from '../core/events.ts'

/** What an interrupted run finished, from its journal. */
export interface FinishedTasks {
  /** Whether a task ended well on a host. */
  finished(task: string, host: string): boolean
  /** Whether a task changed a host: what hangs on that, a handler or a condition, may not have come to its turn. */
  changed(task: string, host: string): boolean
}

/** Reads off the events of a run which tasks need not be done again; of several runs, when each went on with another. */
export function finishedTasks(...runs: readonly (readonly RunEvent[])[]): FinishedTasks {
  const ended = runs.map(statuses)
  const status = (task: string, host: string) => ended.map((ends) => ends.get(`${task} ${host}`) ?? '')
  return {
    finished: (task, host) => status(task, host).some((end) => ['ok', 'changed', 'skipped'].includes(end)),
    changed: (task, host) => status(task, host).includes('changed'),
  }
}

/** The task at which a run stopped: the first that did not end well on a host; undefined when all did. */
export function stoppedAt(events: readonly RunEvent[]): string | undefined {
  const names = new Map<string, string>()
  const open = new Map<string, number>()
  for (const event of events) {
    if (event.type === 'task.start') {
      names.set(event.task.id, event.task.name)
      open.set(event.task.id, (open.get(event.task.id) ?? 0) + event.hosts.length)
    }
    if (event.type !== 'host.end') continue
    if (isFailure(event) && !event.rescued) return names.get(event.task)
    open.set(event.task, (open.get(event.task) ?? 0) - 1)
  }
  const [unfinished] = [...open].find(([, hosts]) => hosts > 0) ?? []
  return unfinished === undefined ? undefined : names.get(unfinished)
}

function statuses(events: readonly RunEvent[]): Map<string, string> {
  const ended = new Map<string, string>()
  for (const event of events) if (event.type === 'host.end') ended.set(`${event.task} ${event.host}`, event.status)
  return ended
}
