import { z } from 'zod'
import type { Change } from '../core/change.ts'
import { defineModule } from '../core/module.ts'
import { contentChanges, noContent, readContent } from './shared/content.ts'
import { removal } from './shared/removal.ts'
import { accountName, environment } from './shared/schema.ts'

const field = z.union([
  z.string().regex(/^[\dA-Za-z*/,-]+$/, 'a field of crontab(5) is expected'),
  z.number().transform(String),
])

const jobArguments = z
  .strictObject({
    name: z.string().regex(/^[\w-]+$/, 'letters, digits, "_" and "-": cron ignores files with other names'),
    job: z
      .string()
      .regex(/^[^\n]+$/, 'a job is one line')
      .optional()
      .describe('a line for sh; a % in it is a newline for cron unless written \\%'),
    user: accountName.default('root'),
    minute: field.default('*'),
    hour: field.default('*'),
    day: field.default('*'),
    month: field.default('*'),
    weekday: field.default('*'),
    special: z
      .enum(['reboot', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'])
      .optional()
      .describe('in place of the five fields'),
    env: environment.default({}).describe('such as MAILTO'),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .refine(({ job, state }) => job !== undefined || state === 'absent', 'argument "job" is needed')

type Job = z.output<typeof jobArguments>

/** A job that cron runs, in a file of its own in /etc/cron.d. */
export const cron = defineModule({
  name: 'cron',
  description: 'A job that cron runs, in a file of its own in /etc/cron.d.',
  args: jobArguments,
  absent: noContent,

  read: async (args, look) =>
    args.state === 'absent'
      ? { ...noContent, file: await look.file(pathOf(args)) }
      : readContent(look, pathOf(args), table(args)),

  plan: (args, have): Iterable<Change> =>
    args.state === 'absent'
      ? removal(pathOf(args), have.file)
      : contentChanges(
          { path: pathOf(args), owner: 'root', group: 'root', mode: '0644' },
          { ...have, content: table(args) },
        ),
})

const pathOf = ({ name }: { name: string }) => `/etc/cron.d/${name}`

function table({ env, special, minute, hour, day, month, weekday, user, job = '' }: Job): string {
  const when = special ? `@${special}` : `${minute} ${hour} ${day} ${month} ${weekday}`
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
  return `${settings.join('')}${when} ${user} ${job}\n`
}
