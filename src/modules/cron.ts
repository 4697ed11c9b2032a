import { z } from 'zod'
import type { Change } from '../core/change.ts'
import { defineModule } from '../core/module.ts'
import { contentChanges, noContent, readContent } from './shared/content.ts'
import { removal } from './shared/removal.ts'
import { accountName, environment } from './shared/schema.ts'

/** A field of crontab(5), whose numbers lie between these: cron passes over a file with any other, and says so nowhere. */
const field = (least: number, most: number, names: readonly string[] = []) =>
  z
    .union([z.string(), z.number().transform(String)])
    .refine((text) => text.split(',').every((part) => isRange(part, least, most, names)), {
      message: `a field of crontab(5) is expected: *, or numbers from ${least} to ${most}, as in 5, 1-5, */10 or 1,15`,
    })

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const weekdays = 'sun mon tue wed thu fri sat'.split(' ')

function isRange(part: string, least: number, most: number, names: readonly string[]): boolean {
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? []
  if (step !== undefined && Number(step) < 1) return false
  if (from === '*') return to === undefined
  const value = (text: string) => (/^\d+$/.test(text) ? Number(text) : numberOf(text, least, names))
  const [first, last] = [value(from), value(to ?? from)]
  return first >= least && last <= most && first <= last
}

function numberOf(name: string, least: number, names: readonly string[]): number {
  const index = names.indexOf(name.toLowerCase())
  return index < 0 ? Number.NaN : index + least
}

const jobArguments = z
  .strictObject({
    name: z.string().regex(/^[\w-]+$/, 'letters, digits, "_" and "-": cron ignores files with other names'),
    job: z
      .string()
      .regex(/^[^\n]+$/, 'a job is one line')
      .optional()
      .describe('a line for sh; a % in it is a newline for cron unless written \\%'),
    user: accountName.default('root'),
    minute: field(0, 59).default('*'),
    hour: field(0, 23).default('*'),
    day: field(1, 31).default('*'),
    month: field(1, 12, months).default('*'),
    weekday: field(0, 7, weekdays).default('*'),
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
