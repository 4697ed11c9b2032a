import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { reveal, Secret } from '../core/secret.ts'
import { editArguments, editChanges, linesOf, textIn, textOf } from './shared/edit.ts'

const name = z.string().regex(/^[^\n[\]=#;]*$/, 'a name without brackets, "=" and comment signs is expected')

/** One option in a section of an ini file; all else in it, comments too, stays as it is. */
export const iniValue = defineModule({
  name: 'iniValue',
  description: 'One option in a section of an ini file; all else in it, comments too, stays as it is.',
  args: z
    .strictObject({
      ...editArguments,
      section: name.default('').describe('name of the section; none is the part before the first'),
      option: name.min(1),
      value: z
        .union([
          z.string().regex(/^[^\n]*$/, 'a value is one line'),
          z.number().transform(String),
          z.instanceof(Secret),
        ])
        .optional(),
      state: z.enum(['present', 'absent']).default('present'),
    })
    .refine(({ value, state }) => value !== undefined || state === 'absent', 'argument "value" is needed'),
  absent: undefined,
  read: ({ path }, look) => look.file(path, { content: true }),

  plan({ section, option, value, state, ...edit }, file) {
    const content = textIn(edit.path, file)
    const lines = linesOf(content)
    if (state === 'absent' && !file) return []
    const after =
      state === 'absent' ? without(lines, section, option) : set(lines, section, option, reveal(value ?? ''))
    return editChanges(edit, file, after === lines ? content : textOf(after), value instanceof Secret)
  },
})

/** The lines of a section, as indexes: from after its heading up to the next one; undefined when there is none. */
function sectionRange(lines: readonly string[], section: string): { from: number; to: number } | undefined {
  const heading = lines.findIndex((line) => headingOf(line) === section)
  if (section !== '' && heading < 0) return undefined
  const from = section === '' ? 0 : heading + 1
  const next = lines.findIndex((line, index) => index >= from && headingOf(line) !== undefined)
  return { from, to: next < 0 ? lines.length : next }
}

function headingOf(line: string): string | undefined {
  return /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim()
}

/** Splits `  key = value` so that all but the value can be kept. */
const optionLine = /^(\s*)([^=:#;[\s][^=:]*?)(\s*[=:][ \t]*)(.*)$/

function isOption(line: string, option: string): boolean {
  return optionLine.exec(line)?.[2] === option
}

function set(lines: readonly string[], section: string, option: string, value: string): readonly string[] {
  const range = sectionRange(lines, section)
  if (!range) return [...lines, ...(lines.length > 0 ? [''] : []), `[${section}]`, `${option} = ${value}`]
  const inside = lines.slice(range.from, range.to)
  const last = inside.findLastIndex((line) => isOption(line, option))
  const found = optionLine.exec(inside[last] ?? '')
  if (found) {
    const [, indent = '', key = '', equals = '', was = ''] = found
    return was.trimEnd() === value ? lines : lines.with(range.from + last, `${indent}${key}${equals}${value}`)
  }
  const end = range.from + inside.findLastIndex((line) => line.trim() !== '') + 1
  return lines.toSpliced(end, 0, `${option} = ${value}`)
}

function without(lines: readonly string[], section: string, option: string): readonly string[] {
  const range = sectionRange(lines, section)
  if (!range) return lines
  const kept = lines.filter((line, index) => index < range.from || index >= range.to || !isOption(line, option))
  return kept.length === lines.length ? lines : kept
}
