import { type Task, type TaskContext, task } from '../core/task.ts'
import { poolStatus } from '../modules/rbd/looks.ts'
import type { PoolStatus } from '../modules/rbd/status.ts'
import { onAdmin } from './mirror-site.ts'

export type PoolLook = Task<PoolStatus & { readonly now: number; readonly awaitedDaemons: number }>

/** What the status of a pool must have before it tells of a site's daemons as they are now. */
export interface DaemonNews {
  /** How many were started or restarted. */
  readonly started: number
  /** Ids of the instances that there were before; without `before`, unknown. */
  readonly instancesBefore: string[] | undefined
}

/** How a pool's mirroring stands. For plays on `mons`; done once a site. */
export function lookAtPool(pool: string): PoolLook {
  return task('See how the pool is mirrored', poolStatus({ pool }), { when: onAdmin })
}

/**
 * Waits until the daemons of each site reach the other: all that are there, and with `daemon` those that it has just
 * started, which are not told of for some seconds, and then complain for some. For plays on `mons`; done once a site.
 */
export function mirroringStands(pool: string, daemon?: { news(context: TaskContext): DaemonNews }): PoolLook {
  return task<PoolStatus & { readonly now: number; readonly awaitedDaemons: number }>(
    'Wait until the daemons reach the other site',
    poolStatus((context) => ({ pool, ...daemon?.news(context) })),
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

type Daemons = Pick<PoolStatus, 'daemonHealth' | 'health' | 'daemons'> & { readonly awaitedDaemons?: number }

/** Before Octopus only the health of the whole is told. */
export function isWell({ daemonHealth, health, daemons, awaitedDaemons = 0 }: Daemons): boolean {
  if (daemonHealth === undefined) return health === 'OK'
  return daemonHealth === 'OK' && daemons.some(({ leader }) => leader) && awaitedDaemons <= 0
}

export function describeDaemons({ daemonHealth, health, daemons, awaitedDaemons = 0 }: Daemons): string {
  const complaints = daemons.flatMap(({ host, callouts }) => callouts.map((callout) => `${host}: ${callout}`))
  const few = awaitedDaemons > 0 ? ` and ${awaitedDaemons} that have not registered yet` : ''
  const leaders = daemons.filter(({ leader }) => leader).length
  return [`${daemonHealth ?? health}, ${daemons.length} daemons${few}, ${leaders} leading`, ...complaints].join('; ')
}
