import type { Command, CommandResult } from '../core/command.ts'
import { ConnectError } from '../core/errors.ts'
import type { RunOptions } from '../core/transport.ts'
import type { Failure, Pipes, Place } from './pipes.ts'
import { type Limits, type Request, sendRequest } from './request.ts'
import { createSplitter } from './splitter.ts'
import { after } from './time.ts'

export interface SessionOptions extends Limits {
  readonly place: Place
  /** Called for each batch that is sent. */
  onRequest(): void
}

/** A supervisor that listens (see supervisor.ts); runs batches one after the other. */
export interface Session {
  run(commands: readonly Command[], options: RunOptions): Promise<readonly CommandResult[]>
  /** Ends the supervisor, and with it what it runs. */
  close(): Promise<void>
}

export function createSession(pipes: Pipes, { place, onRequest, ...limits }: SessionOptions): Session {
  const stdout = createSplitter()
  const stderr = createSplitter()
  let dead: ConnectError | undefined
  let running: Request | undefined
  let queue: Promise<unknown> = Promise.resolve()

  function lose(failure: Failure): void {
    const detail = [failure.detail, running?.progress()].filter(Boolean).join('\n') || undefined
    dead ??= new ConnectError({ ...place, ...failure, detail })
    running?.fail(dead)
    pipes.destroy()
  }

  async function send(commands: readonly Command[], options: RunOptions): Promise<readonly CommandResult[]> {
    if (dead) throw dead
    if (commands.length === 0 || options.signal?.aborted) return []
    running = sendRequest(commands, options, {
      ...limits,
      place,
      lose,
      write: (bytes) => pipes.stdin.write(bytes),
      listen(nonce, batch) {
        stdout.watch(nonce, batch.sink('stdout'))
        stderr.watch(nonce, batch.sink('stderr'))
      },
    })
    onRequest()
    return running.results.finally(() => {
      running = undefined
      stdout.watch(undefined)
      stderr.watch(undefined)
    })
  }

  pipes.stdout.on('data', stdout.push)
  pipes.stderr.on('data', stderr.push)
  pipes.closed.then((reason) =>
    lose({
      step: 'session',
      summary: `the connection to ${place.host} was lost: ${reason}`,
      hint: `look at ${place.host}: is it up, does the network reach it, is anything of this run still going on there?`,
    }),
  )

  return {
    run(commands, options) {
      const answer = queue.then(() => send(commands, options))
      queue = answer.catch(() => undefined)
      return answer
    },
    async close() {
      dead ??= new ConnectError({ ...place, step: 'session', summary: `the connection to ${place.host} was closed` })
      if (!running) pipes.stdin.write('over\n')
      running?.fail(dead)
      pipes.stdin.end()
      await closedWithin(pipes, limits.stopTimeout)
      pipes.destroy()
    },
  }
}

function closedWithin({ closed }: Pipes, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = after(seconds, resolve)
    closed.then(() => {
      cancel()
      resolve()
    })
  })
}
