import type { Diagnosis } from '../core/errors.ts'
import type { HostEnd, TaskView } from '../core/events.ts'
import { type Palette, statusPaint } from './colour.ts'
import type { ReportOptions } from './options.ts'
import { count, indent, names, place, plain } from './text.ts'

/** One task that failed, or could not be reached, on one host. */
export interface Failure {
  readonly task: TaskView | undefined
  readonly end: HostEnd
}

/** What went wrong: the command and how it ended, its last words, and what to do about it. */
export function diagnosisLines(failure: Diagnosis | undefined): string[] {
  if (!failure) return []
  const { summary, detail, hint } = failure
  return [
    ...plain(summary).split('\n'),
    ...(detail ? indent(plain(detail), 2).split('\n') : []),
    ...(hint ? [`try: ${plain(hint)}`] : []),
  ]
}

/** Where to look: the place the error names, or else where the playbook has the task. */
export function failurePlace({ task, end }: Failure, folder: string): string {
  const location = end.failure?.location ?? task?.location
  return location ? place(location, folder) : ''
}

/** Every failure of a run, those with the same cause on several hosts told once. */
export function failureSection(
  failures: readonly Failure[],
  { folder }: Pick<ReportOptions, 'folder'>,
  colours: Palette,
): string[] {
  return grouped(failures).flatMap((group) => {
    const [first] = group
    if (!first) return []
    const hosts = group.map(({ end }) => end.host)
    const where = failurePlace(first, folder)
    const head = `${statusOf(first.end)}: [${group.length > 1 ? `${count(group.length, 'host')}: ${names(hosts, 12)}` : hosts[0]}]`
    return [
      `${statusPaint(colours, first.end.status)(head)} ${first.task?.name ?? ''}${where ? ` (${where})` : ''}`,
      ...diagnosisLines(first.end.failure).map((line) => indent(line, 4)),
    ]
  })
}

/** `failed`; `failed, rescued` where a rescue took care of it. */
export function statusOf({ status, ignored, rescued }: HostEnd): string {
  return `${status}${ignored ? ', ignored' : rescued ? ', rescued' : ''}`
}

function grouped(failures: readonly Failure[]): Failure[][] {
  const groups = new Map<string, Failure[]>()
  for (const failure of failures) {
    const { status, rescued, task, failure: diagnosis, host } = failure.end
    const same = JSON.stringify([status, rescued, task, diagnosis]).replaceAll(host, '\u0000')
    groups.set(same, [...(groups.get(same) ?? []), failure])
  }
  return [...groups.values()]
}
