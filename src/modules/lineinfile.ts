import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { reveal, Secret } from '../core/secret.ts'
import {
  editArguments,
  editChanges,
  fits,
  lastMatch,
  linesOf,
  pattern,
  placeArguments,
  placeIn,
  textIn,
  textOf,
} from './shared/edit.ts'

const oneLine = (line: string | Secret) => !reveal(line).includes('\n')

/** One line of a text file: there, or not. */
export const lineinfile = defineModule({
  name: 'lineinfile',
  description: 'One line of a text file: there, in the place of the last line that fits an expression, or not there.',
  args: z
    .strictObject({
      ...editArguments,
      line: z
        .union([z.string(), z.instanceof(Secret)])
        .optional()
        .describe('the line, without its newline'),
      regexp: pattern.optional().describe('the last line that fits becomes the line; absent: all that fit are removed'),
      state: z.enum(['present', 'absent']).default('present'),
      backrefs: z
        .boolean()
        .default(false)
        .describe('$1, $2 … in the line are what the expression found; nothing is added when it finds nothing'),
      ...placeArguments,
    })
    .refine(({ line, state }) => line !== undefined || state === 'absent', 'argument "line" is needed')
    .refine(({ line, regexp }) => line !== undefined || regexp !== undefined, 'line or regexp is needed')
    .refine(({ line }) => line === undefined || oneLine(line), 'a line has no newline in it; see blockinfile')
    .refine(({ backrefs, regexp }) => !backrefs || regexp !== undefined, '"backrefs" needs a regexp'),
  absent: undefined,
  read: ({ path }, look) => look.file(path, { content: true }),

  plan({ line, regexp, state, backrefs, insertAfter, insertBefore, ...edit }, file) {
    const content = textIn(edit.path, file)
    const before = linesOf(content)
    const text = line === undefined ? undefined : reveal(line)
    const after =
      state === 'absent'
        ? before.filter((other) => !(regexp ? fits(other, regexp) : other === text))
        : withLine(before, { text: text ?? '', regexp, backrefs, insertAfter, insertBefore })
    const same = after.length === before.length && after.every((other, index) => other === before[index])
    if (state === 'absent' && !file) return []
    return editChanges(edit, file, same ? content : textOf(after), line instanceof Secret)
  },
})

interface Wanted {
  readonly text: string
  readonly regexp: RegExp | undefined
  readonly backrefs: boolean
  readonly insertAfter: RegExp | undefined
  readonly insertBefore: RegExp | undefined
}

function withLine(lines: readonly string[], { text, regexp, backrefs, ...place }: Wanted): readonly string[] {
  const index = regexp ? lastMatch(lines, regexp) : -1
  const found = lines[index]
  if (regexp && found !== undefined) return lines.with(index, backrefs ? expand(found, regexp, text) : text)
  if (backrefs || lines.includes(text)) return lines
  return lines.toSpliced(placeIn(lines, place), 0, text)
}

/** The line as the text says, with what the expression found in it. */
function expand(line: string, regexp: RegExp, text: string): string {
  const once = new RegExp(regexp.source, regexp.flags.replace(/[gy]/g, ''))
  const found = once.exec(line)
  if (!found) return line
  const replaced = line.replace(once, text)
  return replaced.slice(found.index, replaced.length - (line.length - found.index - found[0].length))
}
