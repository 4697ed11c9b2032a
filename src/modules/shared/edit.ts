import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { type FileState, sha256 } from '../../core/files.ts'
import { Secret } from '../../core/secret.ts'
import { contentArguments, contentChanges } from './content.ts'
import { hostPath } from './schema.ts'

/** Arguments of the modules that change a part of a text file. */
export const editArguments = {
  path: hostPath.describe('the file on the host'),
  create: z.boolean().default(false).describe('make the file where there is none; else that is a failure'),
  sensitive: z.boolean().default(false).describe('the file holds secrets: it is not shown in diffs'),
  ...contentArguments,
}

type EditOptions = z.output<z.ZodObject<typeof editArguments>>

/** Changes that turn the text of a file into another, when it is another; owner and mode stay unless given. */
export function* editChanges(
  { create, sensitive, ...want }: EditOptions,
  file: FileState | undefined,
  after: string,
  secret = false,
): Iterable<Change> {
  const { path } = want
  if (!file && !create) {
    const hint = `there is no ${path}: write it before, or say create: true`
    yield change(`look for ${path}`, cmd`test -f ${path}`, undefined, { counts: false, hint })
    if (after === '') return
  }
  const hidden = sensitive || secret
  const mode = want.mode ?? (hidden && !secret ? file?.mode : undefined)
  yield* contentChanges({ ...want, mode }, { content: hidden ? new Secret(after) : after, file })
}

/**
 * The text of a file that is to be edited; empty when there is none.
 *
 * @throws TaskFailed for what cannot be written back as it was: links, and texts that are not UTF-8.
 */
export function textIn(path: string, file: FileState | undefined): string {
  if (!file) return ''
  if (file.type === 'link')
    throw new TaskFailed({
      summary: `${path} is a symbolic link to ${file.target}`,
      hint: 'name the file it points to',
    })
  if (file.type !== 'file') throw new TaskFailed({ summary: `${path} is no file that can be edited` })
  const text = file.content ?? ''
  if (sha256(text) === file.sha256) return text
  throw new TaskFailed({ summary: `${path} is not text in UTF-8`, hint: 'replace it as a whole with copy or template' })
}

/** The lines of a text; a last line counts with or without its newline. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** A regular expression as JavaScript has them, as text or as a literal. */
export const pattern = z
  .union([z.instanceof(RegExp), z.string().min(1).refine(isPattern, 'not a regular expression')])
  .transform((given) => (typeof given === 'string' ? new RegExp(given) : given))

function isPattern(source: string): boolean {
  try {
    return Boolean(new RegExp(source))
  } catch {
    return false
  }
}

/** Where new lines go, when nothing else says so. */
export const placeArguments = {
  insertAfter: pattern.optional().describe('after the last line that fits; at the end when none does'),
  insertBefore: pattern.optional().describe('before the last line that fits; at the end when none does'),
}

export interface Place {
  readonly insertAfter?: RegExp | undefined
  readonly insertBefore?: RegExp | undefined
}

/** The index at which new lines are put in. */
export function placeIn(lines: readonly string[], { insertAfter, insertBefore }: Place): number {
  const after = insertAfter ? lastMatch(lines, insertAfter) : -1
  if (after >= 0) return after + 1
  const before = insertBefore ? lastMatch(lines, insertBefore) : -1
  return before >= 0 ? before : lines.length
}

export function lastMatch(lines: readonly string[], wanted: RegExp): number {
  return lines.findLastIndex((line) => fits(line, wanted))
}

/** `RegExp.test` without its memory of a global or sticky expression. */
export function fits(line: string, wanted: RegExp): boolean {
  return line.search(wanted) >= 0
}
