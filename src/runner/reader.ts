import type { Command, CommandResult } from '../core/command.ts'
import type { FileState } from '../core/files.ts'
import type { ControllerFile, Look } from '../core/look.ts'
import { lookWith } from '../core/look-with.ts'
import { Secret } from '../core/secret.ts'
import { createForeseenFiles } from './foreseen-files.ts'

/** Seconds that a look may take when its command does not say. A monitor that is away blocks Ceph's tools for 300. */
const readTimeout = 60

/** Runs a batch in one request; may answer fewer results than commands when one of them was ended. */
export type RunBatch = (
  commands: readonly Command[],
  become: string | undefined,
  timeout: number,
) => Promise<readonly CommandResult[]>

/** Looks at one host for many tasks at once. */
export interface Reader {
  look(become: string | undefined, timeout?: number): Look
  /** With `check`: a path will be so once what is planned is done. Looks see it as if it were so already. */
  foresee(path: string, file: FileState | undefined): void
  /** Drops what was read, because the host or its surroundings changed. Facts stay. */
  forget(): void
}

interface Question {
  readonly command: Command
  readonly become: string | undefined
  readonly timeout: number
  readonly resolve: (result: CommandResult) => void
  readonly reject: (error: unknown) => void
}

type Answers = Map<string, Promise<CommandResult>>

/**
 * Coalesces questions as a data loader does: all that is asked before the event loop turns travels together, and what
 * was asked already is not asked again until `forget`. A fact that could not be told, since its command is not installed
 * yet, is asked again.
 */
export function createReader(runBatch: RunBatch, controllerFile: ControllerFile): Reader {
  const facts: Answers = new Map()
  let answers: Answers = new Map()
  let waiting: Question[] = []
  const files = createForeseenFiles()
  let sending = false

  const put = (command: Command, become: string | undefined, timeout: number) =>
    new Promise<CommandResult>((resolve, reject) => {
      waiting.push({ command, become, timeout: command.timeout ?? timeout, resolve, reject })
      if (!sending) setImmediate(send)
    })

  const ask = (command: Command, become: string | undefined, timeout: number): Promise<CommandResult> => {
    const memory = command.fact ? facts : answers
    // Two secrets look the same in a key.
    if (command.stdin instanceof Secret) return put(command, become, timeout)
    const key = JSON.stringify([become, command.argv, command.env ?? {}, command.stdin ?? null])
    const known = memory.get(key)
    if (known) return known
    const answer = put(command, become, timeout)
    memory.set(key, answer)
    const forgetUnlessTold = (result?: CommandResult) => {
      if (command.fact && result?.code !== 0) memory.delete(key)
    }
    answer.then(forgetUnlessTold, () => memory.delete(key))
    return answer
  }

  const send = async () => {
    if (sending) return
    sending = true
    while (waiting.length > 0) {
      const [first] = waiting
      const batch = waiting.filter(({ become }) => become === first?.become)
      waiting = waiting.filter((question) => !batch.includes(question))
      await sendBatch(runBatch, batch)
      await new Promise((resolve) => setImmediate(resolve))
    }
    sending = false
  }

  return {
    look: (become, timeout = readTimeout) =>
      files.over(
        lookWith(
          (command) => ask(command, become, timeout),
          async (path, encoding) => controllerFile(path, encoding),
        ),
      ),
    foresee: files.add,
    forget: () => {
      answers = new Map()
    },
  }
}

async function sendBatch(runBatch: RunBatch, batch: readonly Question[]): Promise<void> {
  let rest = batch
  try {
    while (rest.length > 0) {
      const results = await runBatch(
        rest.map(({ command, timeout }) => ({ ...command, timeout })),
        rest[0]?.become,
        readTimeout,
      )
      // None at all: the run was ended before the first of them began.
      if (results.length === 0) return endAll(rest)
      results.forEach((result, index) => {
        rest[index]?.resolve(result)
      })
      rest = rest.slice(results.length)
    }
  } catch (error) {
    for (const question of rest) question.reject(error)
  }
}

function endAll(batch: readonly Question[]): void {
  for (const question of batch) question.resolve({ code: undefined, stdout: '', stderr: '' })
}
