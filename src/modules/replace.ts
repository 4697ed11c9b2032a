import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { editArguments, editChanges, pattern, textIn } from './shared/edit.ts'

/** Everything in a text file that fits an expression, replaced. */
export const replace = defineModule({
  name: 'replace',
  description: 'Everything in a text file that fits an expression, replaced; ^ and $ stand for the ends of a line.',
  args: z.strictObject({
    ...editArguments,
    regexp: pattern.describe('what is replaced; it must not fit what takes its place, or every run changes the file'),
    replace: z.string().default('').describe('what takes its place; $1, $2 … are what the expression found'),
  }),
  absent: undefined,
  read: ({ path }, look) => look.file(path, { content: true }),
  plan({ regexp, replace: text, ...edit }, file) {
    const flags = [...new Set(`${regexp.flags}gm`)].join('')
    return editChanges(edit, file, textIn(edit.path, file).replace(new RegExp(regexp.source, flags), text))
  },
})
