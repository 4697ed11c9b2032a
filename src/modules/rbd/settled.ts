import { z } from 'zod'
import { defineModule } from '../../core/module.ts'
import { readPoolStatus } from './mirrored.ts'
import { poolName } from './names.ts'
import type { PoolStatus } from './status.ts'

export interface Settled {
  readonly settled: boolean
  /** What is still waited for, in words. */
  readonly missing: readonly string[]
}

/** Whether mirroring works again after a daemon was started anew, compared with how it was before. */
export const settled = defineModule({
  name: 'rbd.settled',
  description:
    'Looks whether a pool is mirrored as before, after a mirror daemon was restarted: a new instance is there, one leads, and images that were up are up.',
  args: z.strictObject({
    pool: poolName,
    instances: z.array(z.string()).describe('ids of the daemons’ instances before, as rbd.poolStatus has them'),
    up: z.array(z.string()).describe('names of the images that were up before'),
  }),
  absent: undefined as PoolStatus | undefined,
  read: ({ pool }, look) => readPoolStatus(look, { pool }),
  plan: () => [],
  output: ({ instances, up }, status): Settled | undefined => {
    if (!status) return undefined
    const { daemons, images } = status
    const isNew = daemons.some(({ instanceId }) => instanceId !== '' && !instances.includes(instanceId))
    const down = up.filter((name) => !images.some((image) => image.name === name && image.up))
    const missing = [
      ...(isNew ? [] : ['the new daemon']),
      ...(daemons.some(({ leader }) => leader) ? [] : ['a leader']),
      ...(down.length > 0 ? [`images: ${down.slice(0, 5).join(', ')}${down.length > 5 ? ', …' : ''}`] : []),
    ]
    return { settled: missing.length === 0, missing }
  },
})
