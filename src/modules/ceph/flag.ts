import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { defineModule } from '../../core/module.ts'
import { ceph } from './client.ts'

const flags = [
  'noup',
  'nodown',
  'noout',
  'noin',
  'nobackfill',
  'norebalance',
  'norecover',
  'noscrub',
  'nodeep-scrub',
  'notieragent',
  'nosnaptrim',
  'pause',
] as const

/** `ceph osd dump --format json`: the flags as one text, separated by commas, in all releases. */
const osdMap = z.looseObject({ flags: z.string() })

/** A flag that holds for all OSDs of the cluster, such as `noout` during maintenance. */
export const flag = defineModule({
  name: 'ceph.flag',
  description: 'A flag for all OSDs of the cluster, such as noout during maintenance.',
  args: z.strictObject({
    flag: z.enum(flags),
    state: z.enum(['present', 'absent']).default('present').describe('absent takes it away'),
  }),
  absent: [],

  async read(_, look): Promise<readonly string[]> {
    const { flags: set } = await look.json(ceph`osd dump --format json`, osdMap)
    return set.split(',')
  },

  *plan({ flag: name, state }, have): Iterable<Change> {
    // `pause` is shown as what it stands for.
    const isSet = have.includes(name === 'pause' ? 'pauserd' : name)
    if (state === 'present' && !isSet) yield change(`set ${name}`, ceph`osd set ${name}`)
    if (state === 'absent' && isSet) yield change(`unset ${name}`, ceph`osd unset ${name}`)
  },
})
