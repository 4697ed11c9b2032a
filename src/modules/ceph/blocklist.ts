import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { ceph } from './client.ts'
import { parseVersion } from './version.ts'

/** Addresses that the cluster refuses, and until when. It is called `blacklist` before Pacific. */
const mapSchema = z
  .object({
    blocklist: z.record(z.string(), z.string()).optional(),
    blacklist: z.record(z.string(), z.string()).optional(),
  })
  .transform(({ blocklist, blacklist }) => blocklist ?? blacklist ?? {})

/** A client that may not write any more, whatever it believes: the fence between two sites. */
export const blocklist = defineModule({
  name: 'ceph.blocklist',
  description:
    'Clients that the cluster refuses by their address: an old primary’s guests after a forced failover, say; or lets in again.',
  args: z.strictObject({
    address: z
      .string()
      .regex(
        /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+\/\d+$/i,
        'an address is ADDRESS:PORT/NONCE, as rbd status tells it',
      )
      .describe('ADDRESS:PORT/NONCE of one client as rbd status tells it; 10.0.0.5:0/0 for all of a host'),
    state: z.enum(['present', 'absent']).default('present'),
    seconds: z.int().positive().default(3600).describe('with state present: after which it is let in again'),
  }),
  absent: { word: 'blocklist', entries: {} as Readonly<Record<string, string>> },

  async read(_, look) {
    const [entries, version] = await Promise.all([
      look.json(ceph`osd dump --format json`, mapSchema),
      look.text({ ...cmd`ceph --version`, fact: true }),
    ])
    return { word: (parseVersion(version)?.major ?? 16) < 16 ? 'blacklist' : 'blocklist', entries }
  },

  *plan({ address, state, seconds }, { word, entries }): Iterable<Change> {
    const until = entries[address]
    if (state === 'present' && until === undefined)
      yield change(`shut out ${address}`, ceph`osd ${word} add ${address} ${seconds}`, {
        from: undefined,
        to: `for ${seconds} s`,
      })
    if (state === 'absent' && until !== undefined)
      yield change(`let in ${address}`, ceph`osd ${word} rm ${address}`, { from: `until ${until}`, to: undefined })
  },

  output: (_, { entries }) => entries,
})
