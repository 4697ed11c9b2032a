import { z } from 'zod'
import type { Change } from '../../../src/core/change.ts'
import { type Command, type CommandResult, show } from '../../../src/core/command.ts'
import { Secret } from '../../../src/core/secret.ts'

/** One answer of a host: its output as text, as a list of lines, or as a JSON value. */
const read = z.strictObject({
  command: z.string(),
  code: z.int().default(0),
  stdout: z
    .union([z.string(), z.array(z.string()).transform((lines) => lines.map((line) => `${line}\n`).join(''))])
    .optional(),
  json: z.json().optional(),
  stderr: z.string().default(''),
  timedOut: z.number().optional(),
})
export type RecordedRead = z.infer<typeof read>

/** A golden case; docs/modules.md describes it. */
export const goldenCase = z.strictObject({
  description: z.string().optional(),
  args: z.json(),
  /** Controller files by the path that the arguments name. */
  files: z.record(z.string(), z.string()).default({}),
  reads: z.array(read).default([]),
  absent: z.boolean().default(false),
  error: z.string().optional(),
  plan: z.array(z.json()).optional(),
  output: z.json().optional(),
  after: z.array(read).optional(),
  outputAfter: z.json().optional(),
})
export type GoldenCase = z.infer<typeof goldenCase>

/** Plain data of a case with every `{"secret": "…"}` in it made a `Secret`. */
export function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode)
  if (value === null || typeof value !== 'object') return value
  if ('secret' in value && typeof value.secret === 'string' && Object.keys(value).length === 1)
    return new Secret(value.secret)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]))
}

/** The way back: plain JSON, secrets as `{"secret": "…"}`, what is undefined left out. */
export function encode(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() }
  if (Array.isArray(value)) return value.map(encode)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, encode(item)]))
}

/** A planned change as it stands in a case. A script shown under another name has its arguments beside it. */
export function encodeChange({ summary, command, diff, counts, hint, restart }: Change): unknown {
  const { argv, stdin, env, display, sensitive } = command
  const args = display === undefined ? undefined : argv[1] === '-c' ? argv.slice(4) : argv
  return encode({
    summary,
    command: show(command),
    args,
    stdin,
    env,
    sensitive: sensitive || undefined,
    diff,
    counts,
    hint,
    restart: restart && { ...restart, proof: show(restart.proof) },
  })
}

export function toResult({ code, stdout, json, stderr, timedOut }: RecordedRead): CommandResult {
  const text = json === undefined ? (stdout ?? '') : JSON.stringify(json)
  return timedOut === undefined ? { code, stdout: text, stderr } : { code: undefined, stdout: text, stderr, timedOut }
}

export function toRecord(command: Command, result?: CommandResult): unknown {
  if (!result) return { command: show(command), code: 0, stdout: '' }
  const { code, stdout, stderr } = result
  return encode({ command: show(command), code: code || undefined, stdout, stderr: stderr || undefined })
}
