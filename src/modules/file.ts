import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { fileWith, writeFileCommand } from '../core/files.ts'
import { defineModule } from '../core/module.ts'
import { attributeArguments, attributeChanges } from './shared/attributes.ts'
import { removal } from './shared/removal.ts'
import { hostPath } from './shared/schema.ts'

/** Owner, group and mode of a file that is there; an empty one; or none. The time of a file is never touched. */
export const file = defineModule({
  name: 'file',
  description: 'Owner, group and mode of a file that is there; an empty file; or none.',
  args: z.strictObject({
    path: hostPath,
    state: z
      .enum(['file', 'touch', 'absent'])
      .default('file')
      .describe(
        'file: must be there; touch: an empty one is made where there is none; absent: removed, also a directory',
      ),
    ...attributeArguments,
  }),
  absent: undefined,
  read: ({ path }, look) => look.file(path),

  *plan({ path, state, ...want }, have): Iterable<Change> {
    if (state === 'absent') return yield* removal(path, have)
    if (!have && state === 'touch') {
      const { owner = '', group = '', mode = '0644' } = want
      yield change(`create ${path}`, writeFileCommand({ path, content: '', owner, group, mode }), undefined, {
        leaves: { path, file: fileWith('', { owner, group, mode }) },
      })
      return
    }
    if (!have) yield change(`look for ${path}`, cmd`test -e ${path}`, undefined, { counts: false, hint: missing(path) })
    if (have?.type === 'link')
      yield change(`look for ${path}`, cmd`test ! -L ${path}`, undefined, { counts: false, hint: link })
    yield* attributeChanges(path, want, have)
  },
})

const link = 'it is a symbolic link: name the file it points to'

function missing(path: string): string {
  return `there is no ${path}: write it before (copy, template), or use state: 'touch' for an empty one`
}
