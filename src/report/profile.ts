import type { RunEvent } from '../core/events.ts'
import { duration } from './text.ts'

/** How many are shown. */
const most = 20

interface Timing {
  readonly name: string
  readonly host: string
  readonly seconds: number
}

/** The slowest tasks of a run, each by the host that took longest. */
export function createProfile() {
  const taskNames = new Map<string, string>()
  const slowest = new Map<string, Timing>()
  return {
    on: (event: RunEvent) => {
      if (event.type === 'task.start') taskNames.set(event.task.id, event.task.name)
      if (event.type !== 'host.end') return
      const { task, host, seconds } = event
      const known = slowest.get(task)
      if (!known || known.seconds < seconds) slowest.set(task, { name: taskNames.get(task) ?? task, host, seconds })
    },
    lines: (): string[] =>
      [...slowest.values()]
        .sort((a, b) => b.seconds - a.seconds)
        .slice(0, most)
        .map(({ name, host, seconds }) => `${duration(seconds).padStart(7)}  ${name} [${host}]`),
  }
}
