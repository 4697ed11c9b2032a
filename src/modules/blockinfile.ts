import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { reveal, Secret } from '../core/secret.ts'
import { editArguments, editChanges, linesOf, placeArguments, placeIn, textIn, textOf } from './shared/edit.ts'

/** Lines of a text file between two markers: there, or not. */
export const blockinfile = defineModule({
  name: 'blockinfile',
  description: 'Lines of a text file between two markers: there, or not.',
  args: z.strictObject({
    ...editArguments,
    block: z
      .union([z.string(), z.instanceof(Secret)])
      .default('')
      .describe('the lines; none removes the block'),
    marker: z
      .string()
      .regex(/^[^\n]*\{mark\}[^\n]*$/, 'one line with {mark} in it is expected')
      .default('# {mark} MANAGED BLOCK')
      .describe('stands before and after it, with BEGIN and END for {mark}; each block of a file needs its own'),
    state: z.enum(['present', 'absent']).default('present'),
    ...placeArguments,
  }),
  absent: undefined,
  read: ({ path }, look) => look.file(path, { content: true }),

  plan({ block, marker, state, insertAfter, insertBefore, ...edit }, file) {
    const wanted = state === 'absent' ? [] : linesOf(reveal(block))
    if (wanted.length === 0 && !file) return []
    const [begin, end] = [marker.replace('{mark}', 'BEGIN'), marker.replace('{mark}', 'END')]
    const inserted = wanted.length === 0 ? [] : [begin, ...wanted, end]
    const content = textIn(edit.path, file)
    const lines = linesOf(content)
    const from = lines.indexOf(begin)
    const to = lines.indexOf(end, from)
    const found = from >= 0 && to >= 0
    if (!found && inserted.length === 0) return editChanges(edit, file, content)
    const after = found
      ? lines.toSpliced(from, to - from + 1, ...inserted)
      : lines.toSpliced(placeIn(lines, { insertAfter, insertBefore }), 0, ...inserted)
    return editChanges(edit, file, textOf(after), block instanceof Secret)
  },
})
