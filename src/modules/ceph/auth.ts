import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import type { Command } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { Secret, secretText } from '../../core/secret.ts'
import { secretStandIn } from '../../core/stand-in.ts'
import { asUser, ceph, type Identity, identity } from './client.ts'

const daemonTypes = ['mon', 'mgr', 'osd', 'mds'] as const

/** What a user may do, by the type of daemon that grants it. */
const caps = z.partialRecord(z.enum(daemonTypes), z.string().min(1))
type Caps = z.output<typeof caps>

/** What later tasks may use of a user. */
export interface CephUser {
  readonly entity: string
  readonly key: Secret
  /** A keyring file of the user alone, as `ceph auth get-or-create -o` writes it. */
  readonly keyring: Secret
}

/** `ceph auth get --format json`, the same since Luminous; newer releases add fields (`pending_key`). */
const users = z.array(z.looseObject({ entity: z.string(), key: z.string(), caps: z.record(z.string(), z.string()) }))

/** Users that the first monitor of a cluster makes by itself, as soon as there is a quorum. */
const bornWithCluster = /^client\.(admin|bootstrap-(mds|mgr|osd|rbd|rbd-mirror|rgw))$/

interface Have {
  readonly key: Secret
  readonly caps: Readonly<Record<string, string>>
}

type Found = Have | undefined | 'no cluster'

/**
 * A user of the cluster. Its key is made by the cluster and kept when the caps change; `ceph auth caps` replaces all
 * caps of a user, so the full set is always sent.
 */
export const auth = defineModule({
  name: 'ceph.auth',
  description: 'A user of the cluster with its caps; its key and keyring are the output.',
  args: z
    .strictObject({
      entity: z
        .string()
        .regex(/^(mon|mgr|osd|mds|client)\.[\w.-]+$/, 'such as client.rbd-mirror.east or mgr.host-1')
        .describe('name of the user with its type: client.rbd-mirror.east'),
      caps: caps.optional().describe("all that it may do: { mon: 'profile rbd-mirror', osd: 'profile rbd' }"),
      key: z.instanceof(Secret).optional().describe('a key that exists already, instead of one made by the cluster'),
      state: z.enum(['present', 'absent']).default('present'),
      as: identity.optional(),
    })
    .refine(
      ({ state, caps = {} }) => state === 'absent' || Object.keys(caps).length > 0,
      'caps are needed: a user without any can do nothing',
    ),
  absent: 'no cluster' as Found,

  async read({ entity, as }, look): Promise<Found> {
    const command: Command = { ...ceph`${asUser(as)} auth get ${entity} --format json`, sensitive: true }
    const found = await look.json(command, users, { absent: [2] })
    const user = found?.find((candidate) => candidate.entity === entity)
    return user && { key: new Secret(user.key), caps: user.caps }
  },

  *plan({ entity, caps = {}, key, state, as }, found): Iterable<Change> {
    if (found === 'no cluster' && bornWithCluster.test(entity) && !key && state === 'present') return
    const have = found === 'no cluster' ? undefined : found
    if (state === 'absent') {
      if (have) yield change(`remove user ${entity}`, ceph`${asUser(as)} auth rm ${entity}`)
    } else if (key && key.reveal() !== have?.key.reveal()) {
      yield importUser({ entity, caps, key, as }, have)
    } else if (!have) {
      const command = ceph`${asUser(as)} auth get-or-create ${entity} ${words(caps)}`
      yield change(`create user ${entity}`, { ...command, sensitive: true }, { from: undefined, to: caps })
    } else if (!sameCaps(caps, have.caps)) {
      const command = { ...ceph`${asUser(as)} auth caps ${entity} ${words(caps)}`, sensitive: true }
      yield change(`caps of ${entity}`, command, { from: have.caps, to: caps })
    }
  },

  output: ({ entity, state }, have): CephUser | undefined =>
    have && have !== 'no cluster' && state === 'present' ? userOf(entity, have.key) : undefined,
  foresee: ({ entity, state, key }) =>
    state === 'present' ? userOf(entity, key ?? secretStandIn(`the key of ${entity}`)) : undefined,
})

function userOf(entity: string, key: Secret): CephUser {
  return { entity, key, keyring: keyringOf(entity, key) }
}

/** A keyring file with one user in it. */
export function keyringOf(entity: string, key: Secret): Secret {
  return secretText`[${entity}]\n\tkey = ${key}\n`
}

interface Import {
  readonly entity: string
  readonly caps: Caps
  readonly key: Secret
  readonly as: Identity | undefined
}

/** `auth import` replaces the key and all caps of a user that exists. */
function importUser({ entity, caps, key, as }: Import, have: Have | undefined): Change {
  const lines = Object.entries(caps).map(([type, cap]) => `\tcaps ${type} = "${cap.replaceAll('"', '\\"')}"\n`)
  const command: Command = {
    ...ceph`${asUser(as)} auth import -i -`,
    stdin: secretText`${keyringOf(entity, key)}${lines.join('')}`,
    sensitive: true,
  }
  const difference = have ? { from: 'another key', to: 'the key given' } : { from: undefined, to: caps }
  return change(have ? `key of ${entity}` : `import user ${entity}`, command, difference)
}

function words(wanted: Caps): string[] {
  return Object.entries(wanted).flat()
}

function sameCaps(wanted: Caps, have: Have['caps']): boolean {
  const entries = Object.entries(wanted)
  return entries.length === Object.keys(have).length && entries.every(([type, cap]) => have[type] === cap)
}
