import type { RunEvent } from '../core/events.ts'

/** What an interrupted run finished, from its journal. */
export interface FinishedTasks {
  /** Whether a task ended well on a host. */
  finished(task: string, host: string): boolean
  /** Whether a task changed a host: what hangs on that, a handler or a condition, may not have come to its turn. */
  changed(task: string, host: string): boolean
}

/** Reads off the events of a run which tasks need not be done again. */
export function finishedTasks(events: readonly RunEvent[]): FinishedTasks {
  const ended = new Map<string, string>()
  for (const event of events) if (event.type === 'host.end') ended.set(`${event.task} ${event.host}`, event.status)
  const status = (task: string, host: string) => ended.get(`${task} ${host}`)
  return {
    finished: (task, host) => ['ok', 'changed', 'skipped'].includes(status(task, host) ?? ''),
    changed: (task, host) => status(task, host) === 'changed',
  }
}
