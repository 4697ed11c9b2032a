import { type Task, task } from '../core/task.ts'
import { poolStatus } from '../modules/rbd/looks.ts'
import type { PoolStatus } from '../modules/rbd/status.ts'
import { onAdmin } from './mirror-site.ts'

export type PoolLook = Task<PoolStatus & { readonly now: number }>

/** How a pool's mirroring stands. For plays on `mons`; done once a site. */
export function lookAtPool(pool: string): PoolLook {
  return task('See how the pool is mirrored', poolStatus({ pool }), { when: onAdmin })
}

/** Waits until the daemons of each site reach the other. For plays on `mons`; done once a site. */
export function mirroringStands(pool: string): PoolLook {
  return task<PoolStatus & { readonly now: number }>(
    'Wait until the daemons reach the other site',
    poolStatus({ pool }),
    {
      when: onAdmin,
      until: {
        condition: 'every mirror daemon is well',
        met: isWell,
        delay: 3,
        deadline: 180,
        describe: (status) => (status ? describeDaemons(status) : 'no status of the pool'),
      },
    },
  )
}

/** Before Octopus only the health of the whole is told. */
export function isWell({ daemonHealth, health, daemons }: PoolStatus): boolean {
  if (daemonHealth === undefined) return health === 'OK'
  return daemonHealth === 'OK' && daemons.some(({ leader }) => leader)
}

export function describeDaemons({ daemonHealth, health, daemons }: PoolStatus): string {
  const complaints = daemons.flatMap(({ host, callouts }) => callouts.map((callout) => `${host}: ${callout}`))
  const leaders = daemons.filter(({ leader }) => leader).length
  return [`${daemonHealth ?? health}, ${daemons.length} daemons, ${leaders} leading`, ...complaints].join('; ')
}
