import { z } from 'zod'
import { change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { looking, poolName, within } from './names.ts'

const listSchema = z.array(z.object({ name: z.string() }))

/** A namespace of images inside a pool; Nautilus and later. */
export const namespace = defineModule({
  name: 'rbd.namespace',
  description:
    'A namespace of images inside a pool. Mirroring is switched on for each (rbd.mirrorPool), on both sites.',
  args: z.strictObject({
    pool: poolName,
    namespace: z.string().regex(/^[^/@\s-][^/@\s]*$/, 'a namespace has no spaces, "/" or "@"'),
    state: z.enum(['present', 'absent']).default('present'),
  }),
  absent: [] as readonly string[],

  async read({ pool }, look): Promise<readonly string[]> {
    const namespaces = await look.json(looking(cmd`rbd namespace ls ${pool} --format json`), listSchema)
    return namespaces.map(({ name }) => name)
  },

  *plan({ pool, namespace, state }, have) {
    const exists = have.includes(namespace)
    if (state === 'present' && !exists)
      yield change(`create namespace ${pool}/${namespace}`, within(60, cmd`rbd namespace create ${pool}/${namespace}`))
    if (state === 'absent' && exists)
      yield change(
        `remove namespace ${pool}/${namespace}`,
        within(60, cmd`rbd namespace remove ${pool}/${namespace}`),
        undefined,
        { hint: `it must be empty: rbd ls ${pool}/${namespace}` },
      )
  },
})
