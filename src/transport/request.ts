import { randomBytes } from 'node:crypto'
import { type Command, type CommandResult, show } from '../core/command.ts'
import type { RunOptions } from '../core/transport.ts'
import { type Batch, createBatch, type Ending } from './batch.ts'
import type { Failure, Place } from './pipes.ts'
import { batchScript } from './script.ts'
import { after } from './time.ts'

export interface Limits {
  /** Bytes kept of each stream of each command. */
  readonly keep: number
  /** Seconds until a batch that was sent must have begun, besides one for each 64 KiB of it. */
  readonly startTimeout: number
  /** Seconds until a stop must have been answered. */
  readonly stopTimeout: number
}

/** What a request does with the channel it is sent on. */
export interface Line extends Limits {
  readonly place: Place
  write(bytes: string | Buffer): void
  /** From now on the channel's marks and output belong to this batch. */
  listen(nonce: string, batch: Batch): void
  /** The channel is of no use any more. */
  lose(failure: Failure): void
}

/** Seconds that the shell of a batch may take to end once its last command has. */
const endTime = 5

export interface Request {
  readonly results: Promise<readonly CommandResult[]>
  /** What it was at, for people: the command that runs, and the last line that it printed. */
  progress(): string | undefined
  /** Ends it when the channel was lost. */
  fail(error: Error): void
}

/**
 * Sends commands as one batch, and stops it when a command's time is up or the signal comes.
 *
 * Nothing is written between the batch and the mark that it began (see supervisor.ts): a stop waits for that.
 */
export function sendRequest(commands: readonly Command[], options: RunOptions, line: Line): Request {
  const { signal, timeout, stopOnFailure = false, onOutput } = options
  const { place, startTimeout, stopTimeout, keep } = line
  const nonce = randomBytes(16).toString('hex')
  const script = Buffer.from(batchScript(nonce, commands, stopOnFailure))
  const batch = createBatch({ commands, stopOnFailure, keep, onOutput, started, ending })
  const { promise, resolve, reject } = withResolvers<readonly CommandResult[]>()
  let stopping = false
  let timedOut: { readonly index: number; readonly seconds: number } | undefined
  let cancelTimer = after(startTimeout + script.length / 65536, () => line.lose(late(place)))

  function started(index: number): void {
    if (stopping) return
    cancelTimer()
    if (signal?.aborted) stop()
    else cancelTimer = startClock(index)
  }

  function startClock(index: number): () => void {
    const seconds = commands[index]?.timeout ?? timeout
    return after(seconds, () => {
      timedOut = { index, seconds }
      stop()
    })
  }

  function stop(): void {
    if (stopping || batch.current() < 0) return
    stopping = true
    cancelTimer()
    line.write(`stop ${nonce}\n`)
    cancelTimer = after(stopTimeout, () => line.lose(unstoppable(place)))
  }

  function ending(how: Ending): void {
    if (how === 'done' && !stopping) {
      // All results are in, and the shell of the batch says so next; unless a command has killed it.
      cancelTimer()
      cancelTimer = after(endTime, stop)
    }
    // A stop is over when the supervisor says so: the shell may end before the last of its processes.
    if (how !== (stopping ? 'stopped' : 'end')) return
    settle()
    resolve(markTimeout(batch.results(), timedOut))
  }

  function settle(): void {
    cancelTimer()
    signal?.removeEventListener('abort', stop)
  }

  signal?.addEventListener('abort', stop)
  line.listen(nonce, batch)
  line.write(Buffer.concat([Buffer.from(`run ${nonce} ${script.length}\n`), script]))
  return {
    results: promise,
    progress() {
      const command = commands[Math.max(0, batch.current())]
      return command && describe(command, batch.results().at(-1))
    },
    fail(error) {
      settle()
      reject(error)
    },
  }
}

/** Of the command that its time was up for, unless it ended by itself while the stop was on its way. */
function markTimeout(
  results: CommandResult[],
  timedOut: { readonly index: number; readonly seconds: number } | undefined,
): CommandResult[] {
  return results.map((result, index) =>
    index === timedOut?.index && result.code === undefined ? { ...result, timedOut: timedOut.seconds } : result,
  )
}

function describe(command: Command, result: CommandResult | undefined): string {
  const [line = ''] = show(command).split('\n')
  const said = command.sensitive ? '' : `${result?.stdout ?? ''}\n${result?.stderr ?? ''}`.trimEnd()
  const last = said.slice(said.lastIndexOf('\n') + 1).trim()
  return [`it was at: ${shortened(line)}`, ...(last ? [`which said last: ${shortened(last)}`] : [])].join('\n')
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

function late({ host }: Place): Failure {
  return { step: 'session', summary: `${host} did not start a command in time`, hint: 'look how loaded the host is' }
}

function unstoppable({ host }: Place): Failure {
  return {
    step: 'session',
    summary: `${host} does not answer: a command should have been stopped, and it is not known whether it was`,
    hint: 'look at the host before you run again',
  }
}
