import { type Block, block } from '../core/block.ts'
import { type Task, task } from '../core/task.ts'
import { auth, type CephUser } from '../modules/ceph/auth.ts'
import { pool as cephPool } from '../modules/ceph/pool.ts'
import { mirrorPool } from '../modules/rbd/mirror-pool.ts'
import { site as lookAtSite, type Site } from '../modules/rbd/site.ts'
import { siteOf } from './ceph-hosts.ts'
import { type MirrorNames, namesInInventory } from './mirror-names.ts'
import { onAdmin } from './mirror-site.ts'

export interface MirroredPoolOptions {
  readonly pool: string
  readonly mode: 'pool' | 'image'
  /** At creation; needed before Octopus, and where the autoscaler is off. */
  readonly pgNum?: number | undefined
}

/** How things are called. Default: as the inventory says. */
export interface Named {
  readonly names?: MirrorNames | undefined
}

/** The same pool on each site, mirrored under the site's name. For plays on `mons`; done once a site. */
export function mirroredPool({ pool, mode, pgNum }: MirroredPoolOptions): Block {
  return block({
    when: onAdmin,
    tasks: [
      task('Create the pool', cephPool({ name: pool, application: 'rbd', pgNum })),
      task(
        'Mirror it',
        mirrorPool((context) => ({ pool, mode, siteName: namesInInventory.site(context, siteOf(context.host)).name })),
      ),
    ],
  })
}

/** What daemons and the other site need of a site: how it is reached, and the user its daemons are. */
export interface SiteAccess {
  readonly tasks: Block
  readonly site: Task<Site>
  readonly user: Task<CephUser>
}

/**
 * What a mirror daemon may do. It reads the peers' keys from its own cluster, which `profile rbd`, enough for peers in
 * files, does not let it; `profile rbd-mirror` is there since Nautilus (14), as are keys kept in a cluster.
 */
export function mirrorCaps(release: number): { mon: string; osd: string } {
  return { mon: release < 14 ? 'profile rbd' : 'profile rbd-mirror', osd: 'profile rbd' }
}

/** Makes a site's mirror user and gathers what others need to know. For plays on `mons`; done once a site. */
export function siteAccess({ names = namesInInventory }: Named = {}): SiteAccess {
  const site = task('See how the site is reached', lookAtSite({}))
  const user = task(
    'Create the user of the mirror daemons',
    auth((context) => ({
      entity: `client.${names.site(context, siteOf(context.host)).user}`,
      caps: mirrorCaps(context.output(site).release),
    })),
  )
  return { site, user, tasks: block({ when: onAdmin, tasks: [site, user] }) }
}
