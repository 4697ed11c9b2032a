import type { Restart } from '../core/change.ts'
import type { Command, CommandResult } from '../core/command.ts'
import { ConnectError, outcome, TaskFailed } from '../core/errors.ts'
import { pause } from './until.ts'

interface Waiting {
  /** Runs one command on the host, over a new connection where the old one is gone. */
  readonly ask: (proof: Command) => Promise<readonly CommandResult[]>
  readonly waiting: (seen: string) => void
  readonly signal: AbortSignal | undefined
  /** Seconds between two looks. Default 2. */
  readonly delay?: number
}

/**
 * Waits until a host that was told to restart is back: reachable, started anew, and ready. Until then, being unreachable
 * is what is expected of it.
 *
 * @throws TaskFailed at the deadline, with what was seen last.
 */
export async function comeBack({ proof, before, deadline }: Restart, wait: Waiting): Promise<void> {
  const { ask, waiting, signal, delay = 2 } = wait
  const end = Date.now() + deadline * 1000
  let seen = 'it was told to restart'
  while (Date.now() < end && !signal?.aborted) {
    waiting(seen)
    await pause(delay, signal)
    const answer = await attempt(() => ask(proof))
    if (typeof answer === 'string') seen = answer
    else if (answer.code !== 0) seen = `it is not ready: ${answer.stderr.trim() || outcome(answer)}`
    else if (answer.stdout.trim() === before.trim()) seen = 'it has not gone down yet'
    else return
  }
  throw new TaskFailed({
    summary: `the host did not come back within ${deadline} s`,
    detail: `seen last: ${seen}`,
    hint: 'look at its console',
  })
}

async function attempt(ask: () => Promise<readonly CommandResult[]>): Promise<CommandResult | string> {
  try {
    const [result] = await ask()
    return result ?? 'it did not answer'
  } catch (error) {
    if (error instanceof ConnectError) return error.message
    throw error
  }
}
