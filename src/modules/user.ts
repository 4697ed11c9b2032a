import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd } from '../core/command.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import { Secret, secretText } from '../core/secret.ts'
import { accountName, hostPath } from './shared/schema.ts'

/** A user of the host, or none. A password is given as its hash, and is never in a command line. */
export const user = defineModule({
  name: 'user',
  description: 'A user of the host, or none. What is not given is left as it is.',
  args: z.strictObject({
    name: accountName,
    uid: z.int().min(0).optional().describe('its number; the next free one unless given'),
    group: accountName.optional().describe('its own group; one of the same name is made unless given'),
    groups: z.array(accountName).optional().describe('the other groups it is in; others are left, unless append'),
    append: z.boolean().default(false).describe('it stays in the other groups it is in'),
    comment: z
      .string()
      .regex(/^[^:\n]*$/, 'no colon and no newline')
      .optional(),
    home: hostPath.optional(),
    shell: hostPath.optional(),
    system: z.boolean().default(false).describe('a number from the range for system users, when it is created'),
    createHome: z.boolean().default(true).describe('when it is created'),
    password: z
      .instanceof(Secret)
      .optional()
      .describe('its hash, as crypt(5) and `openssl passwd -6` make it; none: no login by password'),
    updatePassword: z.enum(['always', 'onCreate']).default('always'),
    state: z.enum(['present', 'absent']).default('present'),
    remove: z.boolean().default(false).describe('with state absent: also its home'),
  }),
  absent: undefined,

  async read({ name, password }, look): Promise<Have | undefined> {
    const [entry, primary, all, hash] = await Promise.all([
      look.text(cmd`getent passwd ${name}`, { absent: [2] }),
      look.text(cmd`id -gn ${name}`, { absent: [1] }),
      look.text(cmd`id -Gn ${name}`, { absent: [1] }),
      password ? readHash(look, name) : undefined,
    ])
    if (entry === undefined) return undefined
    const [, , uid, , comment = '', home = '', shell = ''] = entry.trimEnd().split(':')
    const group = (primary ?? '').trim()
    const groups = (all ?? '').trim().split(/\s+/)
    return { uid: Number(uid), comment, home, shell, group, groups: groups.filter((other) => other !== group), hash }
  },

  *plan(want, have): Iterable<Change> {
    const { name, state, remove } = want
    if (state === 'absent') {
      if (have)
        yield change(`remove user ${name}`, cmd`userdel ${remove ? '-r' : []} ${name}`, {
          from: have.uid,
          to: undefined,
        })
      return
    }
    if (have) yield* corrections(want, have)
    else yield change(`create user ${name}`, creation(want), { from: undefined, to: want.uid ?? name })
    yield* passwordChange(want, have)
  },

  output: (_, have) => have && { uid: have.uid, group: have.group, home: have.home },
})

interface Have {
  readonly uid: number
  readonly comment: string
  readonly home: string
  readonly shell: string
  readonly group: string
  /** Without its own. */
  readonly groups: readonly string[]
  readonly hash: Secret | undefined
}

type Wanted = z.output<typeof user.definition.args>

async function readHash(look: Look, name: string): Promise<Secret | undefined> {
  const entry = await look.text({ ...cmd`getent shadow ${name}`, sensitive: true }, { absent: [2] })
  return entry === undefined ? undefined : new Secret(entry.split(':')[1] ?? '')
}

function creation({ name, uid, group, groups = [], comment, home, shell, system, createHome }: Wanted): Command {
  const options = [
    ...(uid === undefined ? [] : ['-u', uid]),
    ...(group === undefined ? [] : ['-g', group]),
    ...(groups.length > 0 ? ['-G', groups.join(',')] : []),
    ...(comment === undefined ? [] : ['-c', comment]),
    ...(home === undefined ? [] : ['-d', home]),
    ...(shell === undefined ? [] : ['-s', shell]),
    ...(system ? ['-r'] : []),
    createHome ? '-m' : '-M',
  ]
  return cmd`useradd ${options} ${name}`
}

function* corrections(want: Wanted, have: Have): Iterable<Change> {
  const { name, uid, group, comment, home, shell } = want
  const fields = [
    { what: 'number', option: '-u', from: have.uid, to: uid },
    { what: 'group', option: '-g', from: have.group, to: group },
    { what: 'comment', option: '-c', from: have.comment, to: comment },
    { what: 'home', option: '-d', from: have.home, to: home },
    { what: 'shell', option: '-s', from: have.shell, to: shell },
  ]
  for (const { what, option, from, to } of fields)
    if (to !== undefined && to !== from)
      yield change(`${what} of user ${name}`, cmd`usermod ${option} ${to} ${name}`, { from, to })
  yield* groupChange(want, have)
}

function* groupChange({ name, groups, append }: Wanted, have: Have): Iterable<Change> {
  if (groups === undefined) return
  const wanted = [...new Set(append ? [...have.groups, ...groups] : groups)]
    .filter((group) => group !== have.group)
    .sort()
  const from = [...have.groups].sort()
  if (from.join() === wanted.join()) return
  const difference = { from: from.join(', '), to: wanted.join(', ') }
  yield change(`groups of user ${name}`, cmd`usermod -G ${wanted.join(',')} ${name}`, difference)
}

function* passwordChange({ name, password, updatePassword }: Wanted, have: Have | undefined): Iterable<Change> {
  if (!password || (have && updatePassword === 'onCreate') || have?.hash?.reveal() === password.reveal()) return
  const command = { ...cmd`chpasswd -e`, stdin: secretText`${name}:${password}\n` }
  yield change(`password of user ${name}`, command, { from: have && 'another', to: 'one not shown' })
}
