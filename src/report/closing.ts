import { isFailure, type RunEvent, type TaskView } from '../core/events.ts'
import { palette } from './colour.ts'
import { type Failure, failureSection } from './failures.ts'
import type { ReportOptions } from './options.ts'
import { createProfile } from './profile.ts'
import { recapLines } from './recap.ts'

/** What is printed when a run is over, whatever was shown before: failures, the slowest tasks, the recap. */
export function createClosing(options: ReportOptions) {
  const colours = palette(options.colour)
  const tasks = new Map<string, TaskView>()
  const failures: Failure[] = []
  const profile = createProfile()
  let check = false
  let end: Extract<RunEvent, { type: 'run.end' }> | undefined

  const section = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? ['', colours.bold(title), ...lines] : []

  return {
    on: (event: RunEvent) => {
      profile.on(event)
      if (event.type === 'run.start') check = event.check
      else if (event.type === 'task.start') tasks.set(event.task.id, event.task)
      else if (event.type === 'host.end' && isFailure(event)) failures.push({ task: tasks.get(event.task), end: event })
      else if (event.type === 'run.end') end = event
    },
    lines: (): string[] => [
      ...section(failureTitle(failures), failureSection(failures, options, colours)),
      ...section('SLOWEST TASKS', options.profile ? profile.lines() : []),
      ...(end ? section('PLAY RECAP', recapLines(end, check, colours)) : []),
    ],
  }
}

function failureTitle(failures: readonly Failure[]): string {
  return failures.every(({ end }) => end.rescued) ? 'RESCUED FAILURES' : 'FAILURES'
}
