import { type Task, type TaskContext, task } from '../core/task.ts'
import { debug } from '../modules/debug.ts'
import { type Answer, query } from '../modules/query.ts'
import { adminOf, onAdminOf } from './mirror-site.ts'

/** The time at a site's admin host, seen when another task has ended there, and not read ahead. */
export function clockAt(site: string, name: string, after?: Task<unknown>): Task<Answer> {
  return task(
    name,
    query((context) => {
      if (after) context.changed(after, adminOf(context, site))
      return { argv: ['date', '+%s.%N'] }
    }),
    { when: onAdminOf(site) },
  )
}

export interface Span {
  /** What was done in it: `to promote`. */
  readonly what: string
  readonly from: Task<Answer>
  readonly to: Task<Answer>
}

/** `41 s: 12 s to find out, 20 s to promote, 9 s to prove`. For the admin host of a site whose clock was asked. */
export function spanWords(context: TaskContext, spans: readonly Span[]): string {
  const seconds = (clock: Task<Answer>) => Number(context.output(clock).stdout)
  const parts = spans.map(({ what, from, to }) => ({ what, took: seconds(to) - seconds(from) }))
  const total = parts.reduce((sum, { took }) => sum + took, 0)
  return `${rounded(total)} s: ${parts.map(({ what, took }) => `${rounded(took)} s ${what}`).join(', ')}`
}

function rounded(seconds: number): string {
  return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)
}

/** A task that tells people what is known only now. */
export function tell(name: string, words: (context: TaskContext) => string): Task<unknown> {
  return task(
    name,
    debug((context) => ({ message: words(context) })),
  )
}
