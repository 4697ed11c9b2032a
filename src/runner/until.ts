import { CommandFailed, type Diagnosis, TaskFailed } from '../core/errors.ts'
import type { ChangeView } from '../core/events.ts'
import type { Until } from '../core/task.ts'
import type { TaskResult } from './task-result.ts'

interface Waiting {
  /** Looks, and if need be applies, once. */
  readonly attempt: (first: boolean) => Promise<TaskResult>
  readonly met: (result: TaskResult) => boolean
  readonly check: boolean
  readonly waiting: (seen: string) => void
  readonly signal: AbortSignal | undefined
}

const defaultDelay = 2
const defaultDeadline = 300

/** Seconds that a growing delay may reach. */
const longestDelay = 60

/**
 * Waits for a task's condition. A look that fails in the meantime is one that did not see it: a daemon that restarts
 * is no reason to give up before the deadline.
 *
 * @throws TaskFailed at the deadline or after the last retry, with what was seen last.
 */
export async function waitUntil(until: Until<unknown>, wait: Waiting): Promise<TaskResult> {
  const { condition } = until
  const end = Date.now() + deadlineOf(until) * 1000
  const made: ChangeView[] = []
  for (let tries = 1; ; tries++) {
    const { result, seen } = await attempt(until, wait, tries === 1)
    if (result?.status === 'changed') made.push(...result.changes)
    if (result && wait.met(result)) return withAll(result, made)
    if (result && wait.check) return { ...result, note: `would wait until ${condition}` }
    const what = givenUp(until, tries, end)
    if (what || wait.signal?.aborted) throw inVain(what ?? `tried ${tries} times`, condition, seen)
    wait.waiting(seen.summary)
    await pause(delayAfter(until, tries), wait.signal)
  }
}

/** What was changed by all attempts together. */
function withAll(result: TaskResult, made: readonly ChangeView[]): TaskResult {
  return made.length > 0 ? { ...result, status: 'changed', changes: made } : result
}

interface Attempt {
  /** Undefined when it failed. */
  readonly result?: TaskResult
  readonly seen: Diagnosis
}

async function attempt(until: Until<unknown>, wait: Waiting, first: boolean): Promise<Attempt> {
  try {
    const result = await wait.attempt(first)
    return { result, seen: { summary: describe(until, result.output) } }
  } catch (error) {
    if (wait.check || !(error instanceof CommandFailed)) throw error
    return { seen: { summary: error.message, detail: error.detail, hint: error.hint } }
  }
}

function deadlineOf({ deadline, retries }: Until<unknown>): number {
  return deadline ?? (retries === undefined ? defaultDeadline : Number.POSITIVE_INFINITY)
}

function givenUp(until: Until<unknown>, tries: number, end: number): string | undefined {
  if (Date.now() >= end) return `waited ${deadlineOf(until)} s`
  return tries > (until.retries ?? Number.POSITIVE_INFINITY) ? `tried ${tries} times` : undefined
}

function delayAfter({ delay = defaultDelay, backoff = 1 }: Until<unknown>, tries: number): number {
  return Math.min(delay * backoff ** (tries - 1), Math.max(delay, longestDelay))
}

function inVain(what: string, condition: string, { summary, detail, hint }: Diagnosis): TaskFailed {
  return new TaskFailed({
    summary: `${what} in vain until ${condition}`,
    detail: `seen last: ${summary}${detail ? `\n${detail}` : ''}`,
    hint,
  })
}

function describe(until: Until<unknown>, output: unknown): string {
  return until.describe?.(output) ?? JSON.stringify(output) ?? 'nothing'
}

/** Seconds to sleep; ends early, without an error, when the run is ended. */
export function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, seconds * 1000)
    signal?.addEventListener('abort', done)
  })
}
