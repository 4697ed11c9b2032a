import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { hostPath } from './shared/schema.ts'

/** A symbolic link, or none. */
export const symlink = defineModule({
  name: 'symlink',
  description: 'A symbolic link, or none. A directory never gives way to one.',
  args: z
    .strictObject({
      path: hostPath.describe('the link'),
      target: z.string().min(1).optional().describe('what it points to; relative to the folder of the link'),
      state: z.enum(['present', 'absent']).default('present'),
      force: z.boolean().default(false).describe('a file in its place gives way'),
    })
    .refine(({ target, state }) => target !== undefined || state === 'absent', 'argument "target" is needed'),
  absent: undefined,
  read: ({ path }, look) => look.file(path),

  *plan({ path, target = '', state, force }, have): Iterable<Change> {
    const from = have?.type === 'link' ? have.target : have?.type
    if (state === 'absent') {
      if (have?.type === 'link')
        yield change(
          `remove link ${path}`,
          cmd`rm -f -- ${path}`,
          { from, to: undefined },
          { leaves: { path, file: undefined } },
        )
      else if (have)
        yield change(`look at ${path}`, cmd`test -L ${path}`, undefined, { counts: false, hint: noLink(path) })
      return
    }
    if (from === target && have?.type === 'link') return
    const leaves = {
      path,
      file: { type: 'link' as const, mode: '0777', owner: '', group: '', size: target.length, target },
    }
    const replace = force || have?.type === 'link' ? '-sfT' : '-sT'
    yield change(
      `link ${path}`,
      cmd`ln ${replace} -- ${target} ${path}`,
      { from, to: target },
      { hint: noLink(path), leaves },
    )
  },
})

function noLink(path: string): string {
  return `${path} is there and is no link: remove it with the module for files or directories, if that is meant`
}
