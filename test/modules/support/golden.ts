import { expect } from '@jest/globals'
import { type Command, type CommandResult, show } from '../../../src/core/command.ts'
import { InputError } from '../../../src/core/errors.ts'
import type { Look } from '../../../src/core/look.ts'
import { lookWith } from '../../../src/core/look-with.ts'
import type { Observation } from '../../../src/core/prepared-module.ts'
import { knownSecrets } from '../../../src/core/secret.ts'
import { decode, encode, encodeChange, type GoldenCase, type RecordedRead, toRecord, toResult } from './case.ts'
import { noContext } from './local.ts'
import type { AnyModule } from './modules.ts'

/** A host that answers as recorded, and keeps account of what was asked. */
export function recordedHost(reads: readonly RecordedRead[], run?: (command: Command) => Promise<CommandResult>) {
  const answers = new Map(reads.map((read) => [read.command, toResult(read)]))
  const asked = new Set<string>()
  const unexpected: unknown[] = []
  return {
    async run(command: Command): Promise<CommandResult> {
      const key = show(command)
      asked.add(key)
      const answer = answers.get(key)
      if (answer) return answer
      const result = await run?.(command)
      unexpected.push(toRecord(command, result))
      if (!result) throw new Error(`unexpected read: ${key}`)
      answers.set(key, result)
      return result
    },
    /** What was asked and is not recorded, ready to be pasted into the case. */
    unexpected: (): readonly unknown[] => unexpected,
    unused: (): readonly string[] => reads.map(({ command }) => command).filter((command) => !asked.has(command)),
  }
}

export interface Outcome {
  readonly observation?: Observation<unknown>
  readonly error?: unknown
  readonly unexpected: readonly unknown[]
  readonly unused: readonly string[]
}

/** Lets a module look at a recorded host and plan. */
export async function observeRecorded(
  module: AnyModule,
  { args, files, absent }: Pick<GoldenCase, 'args' | 'files' | 'absent'>,
  reads: readonly RecordedRead[],
  run?: (command: Command) => Promise<CommandResult>,
): Promise<Outcome> {
  const host = recordedHost(reads, run)
  const controllerFile: Look['controllerFile'] = async (path, encoding = 'utf8') => {
    const text = files[path]
    if (text === undefined) throw new InputError({ summary: `no file ${path}` })
    return Buffer.from(text).toString(encoding)
  }
  const account = () => ({ unexpected: host.unexpected(), unused: host.unused() })
  try {
    const prepared = module(decode(args)).prepare(noContext)
    const observation = absent
      ? prepared.observeAbsent()
      : await prepared.observe(lookWith((command) => host.run(command), controllerFile))
    return { observation, ...account() }
  } catch (error) {
    return { error, ...account() }
  }
}

/** Fails with the JSON to paste for what was asked and not recorded, and names what was recorded and not asked. */
export function expectReads({ unexpected, unused }: Outcome, where: string): void {
  const paste = unexpected.map((read) => JSON.stringify(read)).join(',\n')
  if (paste) throw new Error(`not recorded in "${where}"; paste and fill in:\n${paste}`)
  if (unused.length > 0) throw new Error(`recorded in "${where}" but never read:\n${unused.join('\n')}`)
}

export function observed({ observation, error }: Outcome): Observation<unknown> {
  if (!observation) throw error
  return observation
}

/** The part of a case that the module makes, and `GOLDEN_UPDATE=1` rewrites. */
export function planned({ changes, output }: Observation<unknown>): { plan: unknown; output: unknown } {
  return { plan: changes.map(encodeChange), output: encode(output) }
}

/** No secret may stand where people or process lists can see it. */
export function expectNoSecretInSight({ changes }: Observation<unknown>): void {
  const seen = JSON.stringify(
    changes.map(({ command, leaves: _, ...rest }) => [{ ...command, stdin: undefined }, rest]),
  )
  const leaked = [...knownSecrets()].filter((secret) => secret.length >= 8 && seen.includes(secret.trim()))
  expect(leaked).toEqual([])
}
