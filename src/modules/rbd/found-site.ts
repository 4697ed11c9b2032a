import { z } from 'zod'
import { defineModule } from '../../core/module.ts'
import { ceph } from '../ceph/client.ts'
import { type Monitors, readMonitors } from './monitors.ts'
import { poolName } from './names.ts'
import { type Direction, notMirrored, type PoolMirroring, readMirroring } from './peers.ts'
import { readRelease } from './release.ts'

/** What mirroring of a pool stands at a site, whoever set it up. */
export interface FoundSite extends Monitors {
  readonly release: number
  readonly mode: PoolMirroring['mode']
  /** What the cluster calls itself: its fsid where nobody named it; undefined before Octopus. */
  readonly siteName: string | undefined
  readonly peers: readonly FoundPeer[]
  /** Caps of the cluster's users that are no daemons. */
  readonly users: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Whether the pool is known as one for RBD; undefined when there is no such pool. */
  readonly forRbd: boolean | undefined
  /** Other pools of the cluster that are for RBD, mirrored or not. */
  readonly otherPools: readonly string[]
}

export interface FoundPeer {
  readonly uuid: string
  readonly site: string
  /** Empty for one that only made itself known by reading from here. */
  readonly client: string
  readonly direction: Direction
  readonly mirrorUuid: string | undefined
  /** Where its monitors and key are: in the cluster, or in files on the daemons' hosts. */
  readonly kept: 'cluster' | 'files'
}

const poolList = z.array(
  z.object({ pool_name: z.string(), application_metadata: z.record(z.string(), z.unknown()).default({}) }),
)

const authList = z.object({
  auth_dump: z.array(z.object({ entity: z.string(), caps: z.record(z.string(), z.string()).default({}) })),
})

/** What there is of a pool's mirroring at a site, as `adopt.ts` wants to know it; changes nothing. */
export const foundSite = defineModule({
  name: 'rbd.foundSite',
  description:
    'Looks at a site that was set up by hand: how a pool is mirrored, its peers, the caps of users, the names that things have. No keys.',
  args: z.strictObject({ pool: poolName }),
  absent: undefined as FoundSite | undefined,

  async read({ pool }, look): Promise<FoundSite> {
    const [monitors, release, mirroring = notMirrored, pools, users] = await Promise.all([
      readMonitors(look),
      readRelease(look),
      readMirroring(look, pool),
      look.json(ceph`osd pool ls detail --format json`, poolList),
      look.json({ ...ceph`auth ls --format json`, sensitive: true }, authList),
    ])
    const own = pools.find(({ pool_name }) => pool_name === pool)
    const forRbd = ({ application_metadata }: (typeof pools)[number]) => 'rbd' in application_metadata
    return {
      ...monitors,
      release,
      mode: mirroring.mode,
      siteName: mirroring.siteName,
      peers: mirroring.peers.map(({ key, monHost, ...peer }) => ({ ...peer, kept: key ? 'cluster' : 'files' })),
      users: Object.fromEntries(
        users.auth_dump.flatMap(({ entity, caps }) => (entity.startsWith('client.') ? [[entity, caps]] : [])),
      ),
      forRbd: own && forRbd(own),
      otherPools: pools.flatMap((other) => (other !== own && forRbd(other) ? [other.pool_name] : [])),
    }
  },

  plan: () => [],
  output: (_, have) => have,
})
