import { CommandFailed, TaskFailed } from '../core/errors.ts'
import type { Until } from '../core/task.ts'
import type { TaskResult } from './task-result.ts'

interface Waiting {
  /** Looks, and if need be applies, once more. */
  readonly again: () => Promise<TaskResult>
  readonly check: boolean
  readonly waiting: (seen: string) => void
  readonly signal: AbortSignal | undefined
}

const defaultDelay = 2
const defaultDeadline = 300

/**
 * Waits for a task's condition. A look that fails in the meantime is one that did not see it: a daemon that restarts
 * is no reason to give up before the deadline.
 *
 * @throws TaskFailed at the deadline, with what was seen last.
 */
export async function waitUntil(until: Until<unknown>, first: TaskResult, wait: Waiting): Promise<TaskResult> {
  const { condition, delay = defaultDelay, deadline = defaultDeadline } = until
  const met = (result: TaskResult) => result.output !== undefined && until.met(result.output)
  if (met(first)) return first
  if (wait.check) return { ...first, note: `would wait until ${condition}` }
  const end = Date.now() + deadline * 1000
  let changed = first.status === 'changed'
  let seen = describe(until, first.output)
  while (Date.now() < end) {
    wait.waiting(seen)
    await pause(delay, wait.signal)
    try {
      const result = await wait.again()
      changed ||= result.status === 'changed'
      if (met(result)) return { ...result, status: changed ? 'changed' : result.status }
      seen = describe(until, result.output)
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      seen = error.message
    }
  }
  throw new TaskFailed({
    summary: `waited ${deadline} s in vain until ${condition}`,
    detail: `seen last: ${seen}`,
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
