import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'

const place = z
  .string()
  .regex(/^(\/|[\w.@-]+:)/, 'an absolute path, or host:path, is expected')
  .describe('an absolute path, or host:path as rsync takes it; a slash at the end of src means what is in it')

/** A tree of files like another, by rsync; which must be installed. To push from the controller, delegate the task to it. */
export const synchronize = defineModule({
  name: 'synchronize',
  description: 'A tree of files like another, by rsync, which must be installed; run on the host that has one of both.',
  args: z.strictObject({
    src: place,
    dest: place,
    delete: z.boolean().default(false).describe('what src does not have is removed from dest'),
    exclude: z.array(z.string().min(1)).default([]).describe("patterns as in rsync's --exclude"),
    checksum: z.boolean().default(false).describe('compare contents, not sizes and times'),
    owner: z.boolean().default(true).describe('owners and groups as in src; needs root'),
    timeout: z.number().positive().default(3600),
  }),
  absent: { differences: ['all of it'] },

  read: async (args, look): Promise<{ differences: readonly string[] }> => ({
    differences: (await look.text(rsync(args, ['--dry-run', '--itemize-changes']))).split('\n').filter(Boolean),
  }),

  *plan(args, { differences }): Iterable<Change> {
    if (differences.length === 0) return
    const shown = differences.slice(0, 20)
    const more = differences.length - shown.length
    const to = [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n')
    yield change(`synchronize ${args.dest}`, rsync(args, []), { from: undefined, to })
  },
})

interface Wanted {
  readonly src: string
  readonly dest: string
  readonly delete: boolean
  readonly exclude: readonly string[]
  readonly checksum: boolean
  readonly owner: boolean
  readonly timeout: number
}

function rsync(wanted: Wanted, more: readonly string[]): Command {
  const options = [
    '-rlptD',
    ...(wanted.owner ? ['-og'] : []),
    ...(wanted.delete ? ['--delete'] : []),
    ...(wanted.checksum ? ['--checksum'] : []),
    ...wanted.exclude.map((pattern) => `--exclude=${pattern}`),
    ...more,
  ]
  const ssh = [wanted.src, wanted.dest].some((where) => !where.startsWith('/')) ? ['-e', 'ssh -o BatchMode=yes'] : []
  return { ...cmd`rsync ${options} ${ssh} -- ${wanted.src} ${wanted.dest}`, timeout: wanted.timeout }
}
