import type { Command, CommandResult } from '../core/command.ts'
import { type Capture, capture, withNotes } from './capture.ts'
import type { Sink } from './splitter.ts'

type Stream = 'stdout' | 'stderr'

/**
 * All commands are done (or one failed that the others depended on); then the batch's shell has ended, with or without
 * that; or the supervisor has stopped it.
 */
export type Ending = 'done' | 'end' | 'stopped'

export interface BatchOptions {
  readonly commands: readonly Command[]
  readonly stopOnFailure: boolean
  /** Bytes kept of each stream of each command. */
  readonly keep: number
  /** The command at this index runs from now on. */
  started(index: number): void
  ending(how: Ending): void
  readonly onOutput?: ((index: number, stream: Stream, text: string) => void) | undefined
}

export interface Batch {
  sink(stream: Stream): Sink
  /** Of the commands that were started; the last has no code when it was ended. */
  results(): CommandResult[]
  /** The index of the command that runs. */
  current(): number
}

/** Puts together the results of a batch from its two streams, which advance each at its own pace. */
export function createBatch({ commands, stopOnFailure, keep, started, ending, onOutput }: BatchOptions): Batch {
  const captured: Record<Stream, Capture[]> = { stdout: [], stderr: [] }
  const done: Record<Stream, number> = { stdout: -1, stderr: -1 }
  const seen: Record<string, number> = {}
  const codes: number[] = []

  const current = () => Math.min(done.stdout, done.stderr)

  function open(stream: Stream, index: number): void {
    const tell = onOutput && !commands[index]?.sensitive
    captured[stream].push(capture(keep, tell ? (text) => onOutput(index, stream, text) : undefined))
  }

  function advance(stream: Stream, index: number): void {
    const before = current()
    const failed = stopOnFailure && index > 0 && codes[index - 1] !== 0
    const over = failed || index === commands.length
    done[stream] = index
    if (!over) open(stream, index)
    if (current() === before) return
    if (over) ending('done')
    else started(index)
  }

  function mark(stream: Stream, words: string): void {
    const [word = '', code] = words.split(' ')
    if (word === 'begin') advance(stream, 0)
    else if (word === 'end' || word === 'stopped') {
      seen[word] = (seen[word] ?? 0) + 1
      if (seen[word] === 2) ending(word)
    } else {
      codes[Number(word)] = Number(code)
      advance(stream, Number(word) + 1)
    }
  }

  return {
    current,
    sink: (stream) => ({
      data: (bytes) => captured[stream][done[stream]]?.add(bytes),
      mark: (words) => mark(stream, words),
    }),
    results() {
      const count = Math.max(captured.stdout.length, captured.stderr.length)
      return Array.from({ length: count }, (_, index) => {
        const [stdout, stderr] = [captured.stdout[index], captured.stderr[index]]
        const dropped = { stdout: stdout?.dropped() ?? 0, stderr: stderr?.dropped() ?? 0 }
        const code = index < current() ? codes[index] : undefined
        return { code, stdout: stdout?.text() ?? '', stderr: withNotes(stderr?.text() ?? '', dropped) }
      })
    },
  }
}
