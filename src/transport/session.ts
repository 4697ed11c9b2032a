import { randomBytes } from 'node:crypto'
import type { Command, CommandResult } from '../core/command.ts'
import { ConnectError } from '../core/errors.ts'
import type { RunOptions } from '../core/transport.ts'
import { type Batch, createBatch, type Ending } from './batch.ts'
import { defaultKeep } from './capture.ts'
import type { Failure, Pipes, Place } from './pipes.ts'
import { batchScript } from './script.ts'
import { createSplitter } from './splitter.ts'
import { after } from './time.ts'

export interface SessionOptions {
  readonly place: Place
  /** Bytes kept of each stream of each command. Default 16 MiB. */
  readonly keep?: number | undefined
  /** Seconds until a batch that was sent must have begun. Default 60, and one for each 64 KiB of it. */
  readonly startTimeout?: number | undefined
  /** Seconds until a stop must have been answered; the supervisor itself takes up to 5. Default 10. */
  readonly stopTimeout?: number | undefined
  /** Called for each batch that is sent. */
  readonly onRequest?: (() => void) | undefined
}

/** Runs batches at a supervisor that listens, one after the other. */
export interface Session {
  run(commands: readonly Command[], options: RunOptions): Promise<readonly CommandResult[]>
  /** Ends the supervisor, and with it what it runs. */
  close(): Promise<void>
}

/** Speaks the supervisor's protocol (see supervisor.ts) over its three pipes. */
export function createSession(pipes: Pipes, options: SessionOptions): Session {
  const { place, keep = defaultKeep, startTimeout = 60, stopTimeout = 10, onRequest } = options
  const splitters = { stdout: createSplitter(), stderr: createSplitter() }
  let dead: ConnectError | undefined
  let failRunning: ((error: ConnectError) => void) | undefined
  let queue: Promise<unknown> = Promise.resolve()

  pipes.stdout.on('data', splitters.stdout.push)
  pipes.stderr.on('data', splitters.stderr.push)
  pipes.closed.then((reason) =>
    lose({ step: 'session', summary: `the connection to ${place.host} was lost: ${reason}` }),
  )

  function lose(failure: Failure): void {
    dead ??= new ConnectError({ ...place, ...failure })
    failRunning?.(dead)
    pipes.destroy()
  }

  function listen(nonce?: string, batch?: Batch): void {
    splitters.stdout.watch(nonce, batch?.sink('stdout'))
    splitters.stderr.watch(nonce, batch?.sink('stderr'))
  }

  function send(commands: readonly Command[], { signal, timeout, stopOnFailure = false, onOutput }: RunOptions) {
    const nonce = randomBytes(16).toString('hex')
    const script = Buffer.from(batchScript(nonce, commands, stopOnFailure))
    return new Promise<CommandResult[]>((resolve, reject) => {
      let stopping = false
      let timedOut: { readonly index: number; readonly seconds: number } | undefined
      let cancelTimer = after(startTimeout + script.length / 65536, () =>
        lose({
          step: 'session',
          summary: `${place.host} did not start a command in time`,
          hint: 'see how loaded the host is',
        }),
      )

      const batch = createBatch({ commands, stopOnFailure, keep, onOutput, started, ending })

      function started(index: number): void {
        if (stopping) return
        cancelTimer()
        if (signal?.aborted) {
          stop()
          return
        }
        const seconds = commands[index]?.timeout ?? timeout
        cancelTimer = after(seconds, () => {
          timedOut = { index, seconds }
          stop()
        })
      }

      function stop(): void {
        // Before the first command has begun nothing may be sent (see supervisor.ts); `started` comes back here.
        if (stopping || batch.current() < 0) return
        stopping = true
        cancelTimer()
        pipes.stdin.write(`stop ${nonce}\n`)
        cancelTimer = after(stopTimeout, () =>
          lose({ step: 'session', summary: `${place.host} does not answer: a command could not be stopped` }),
        )
      }

      function ending(how: Ending): void {
        if (stopping && how !== 'stopped') return
        settle()
        const results = batch.results()
        const last = results.at(-1)
        if (timedOut && last?.code === undefined && results.length === timedOut.index + 1)
          results[timedOut.index] = { stdout: '', stderr: '', ...last, code: undefined, timedOut: timedOut.seconds }
        resolve(results)
      }

      function settle(): void {
        cancelTimer()
        signal?.removeEventListener('abort', stop)
        failRunning = undefined
        listen()
      }

      failRunning = (error) => {
        settle()
        reject(error)
      }
      signal?.addEventListener('abort', stop)
      listen(nonce, batch)
      onRequest?.()
      pipes.stdin.write(Buffer.concat([Buffer.from(`run ${nonce} ${script.length}\n`), script]))
    })
  }

  return {
    run(commands, runOptions) {
      const answer = queue.then(async () => {
        if (dead) throw dead
        if (commands.length === 0 || runOptions.signal?.aborted) return []
        return send(commands, runOptions)
      })
      queue = answer.catch(() => undefined)
      return answer
    },
    async close() {
      dead ??= new ConnectError({ ...place, step: 'session', summary: `the connection to ${place.host} was closed` })
      pipes.stdin.end()
      const cancel = after(stopTimeout, () => pipes.destroy())
      await pipes.closed
      cancel()
    },
  }
}
