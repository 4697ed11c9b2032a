import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import type { Command } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { Secret } from '../../core/secret.ts'
import { escapeXml, firstLook, uri, uuid, virsh } from './virsh.ts'

interface Have {
  readonly defined: boolean
  readonly usage: string | undefined
  /** Undefined where none is set, or libvirt does not give it away. */
  readonly value: Secret | undefined
  /** Made so that libvirt does not give the value away. */
  readonly isPrivate: boolean
}

const none: Have = { defined: false, usage: undefined, value: undefined, isPrivate: false }

/**
 * The key of a Ceph user as a secret of libvirt, which a guest's disk names by its UUID. Since libvirt 6.2: before, a value
 * could be given as an argument only, where every user of the host sees it.
 */
export const secret = defineModule({
  name: 'libvirt.secret',
  description:
    'The key of a Ceph user, for the disks of guests: a secret of libvirt with this UUID. Needs libvirt 6.2 or later.',
  args: z
    .strictObject({
      uuid: uuid.describe('what the disks of guests name it by'),
      usage: z.string().min(1).describe('what it is for, unique on the host: client.libvirt of east'),
      key: z.instanceof(Secret).optional().describe('the key, as ceph.auth has it in its output'),
      state: z.enum(['present', 'absent']).default('present'),
      uri,
    })
    .refine(({ state, key }) => state === 'absent' || key !== undefined, 'argument "key" is needed'),
  scope: 'host',
  absent: none,

  async read({ uuid, uri }, look): Promise<Have> {
    const list = await look.text(firstLook(virsh(uri)`secret-list`))
    if (!list.split('\n').some((line) => line.trim().split(/\s+/)[0] === uuid)) return none
    const value: Command = { ...virsh(uri)`secret-get-value ${uuid}`, sensitive: true }
    const [xml, found] = await Promise.all([
      look.text(virsh(uri)`secret-dumpxml ${uuid}`),
      look.text(value, { absent: [1] }),
    ])
    return {
      defined: true,
      usage: /<name>([^<]*)<\/name>/.exec(xml)?.[1],
      value: found === undefined || found.trim() === '' ? undefined : new Secret(found.trim()),
      isPrivate: /private='yes'/.test(xml),
    }
  },

  *plan({ uuid, usage, key, state, uri }, have): Iterable<Change> {
    if (state === 'absent') {
      if (have.defined) yield change(`remove secret ${usage}`, virsh(uri)`secret-undefine ${uuid}`)
      return
    }
    if (have.defined && have.usage !== escapeXml(usage))
      yield change(`remove secret ${have.usage}`, virsh(uri)`secret-undefine ${uuid}`)
    const kept = have.defined && have.usage === escapeXml(usage)
    if (!kept)
      yield change(`define secret ${usage}`, {
        ...virsh(uri)`secret-define /dev/stdin`,
        stdin: xmlOf(uuid, usage),
      })
    if (!key || (kept && have.value?.reveal() === key.reveal())) return
    // What libvirt does not give away cannot be compared: it is set again, which disturbs no guest.
    const counts = !(kept && have.isPrivate)
    yield change(
      `set the value of secret ${usage}`,
      { ...virsh(uri)`secret-set-value ${uuid} --file /dev/stdin`, stdin: key },
      undefined,
      { counts, hint: 'libvirt before 6.2 does not read a value from a file' },
    )
  },
})

function xmlOf(uuid: string, usage: string): string {
  return `<secret ephemeral='no' private='no'>
  <uuid>${uuid}</uuid>
  <usage type='ceph'><name>${escapeXml(usage)}</name></usage>
</secret>
`
}
