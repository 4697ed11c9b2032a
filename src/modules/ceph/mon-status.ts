import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { word } from './client.ts'

export interface MonStatus {
  /** `leader` and `peon` are in the quorum; `probing`, `electing`, `synchronizing` on the way; `down` does not answer. */
  readonly state: string
  readonly inQuorum: boolean
  /** Names in the monitor map. */
  readonly members: readonly string[]
}

/** `mon_status` over the admin socket; these fields are the same from Luminous to Squid. */
const monStatusSchema = z.looseObject({
  state: z.string(),
  monmap: z.looseObject({ mons: z.array(z.looseObject({ name: z.string() })) }),
})

const down: MonStatus = { state: 'down', inQuorum: false, members: [] }

/**
 * What a monitor says of itself over its socket on the host. It answers without a quorum, where `ceph` would block, and
 * so is the way to wait for one.
 */
export const monStatus = defineModule({
  name: 'ceph.monStatus',
  description: 'What a monitor of the host says of itself, as output; answers without a quorum.',
  args: z.strictObject({ id: word.describe('name of the monitor') }),
  absent: down,

  async read({ id }, look): Promise<MonStatus> {
    const command = cmd`ceph daemon mon.${id} mon_status`
    const found = await look.json(command, monStatusSchema, { absent: [1, 2, 22] })
    if (!found) return down
    const { state, monmap } = found
    return { state, inQuorum: ['leader', 'peon'].includes(state), members: monmap.mons.map(({ name }) => name) }
  },

  plan: () => [],
  output: (_, have) => have,
})
