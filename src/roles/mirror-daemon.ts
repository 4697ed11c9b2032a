import { block, type TaskItem } from '../core/block.ts'
import type { Host } from '../core/host.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { copy } from '../modules/copy.ts'
import { pkg } from '../modules/package.ts'
import { systemd } from '../modules/systemd.ts'
import { siteOf } from './ceph-hosts.ts'
import type { PoolLook } from './mirror-health.ts'
import { adminHere, adminOf } from './mirror-site.ts'
import { mirrorUser, type SiteAccess } from './mirrored-pool.ts'
import type { PeerLink } from './peer-link.ts'

export interface MirrorDaemonOptions {
  readonly access: SiteAccess
  /** The link whose data the daemon moves. */
  readonly link?: PeerLink | undefined
  /** How the pool stood before: daemons that complained are restarted, since they do not always notice a cure. */
  readonly before?: PoolLook | undefined
}

/** A mirror daemon on each host, as user `ceph`, with the key of its site. For plays on `rbdmirrors`, as root. */
export function mirrorDaemon({ access, link, before }: MirrorDaemonOptions): readonly TaskItem[] {
  const files = [
    task(
      'Write ceph.conf',
      copy((context) => ({
        dest: '/etc/ceph/ceph.conf',
        content: context.output(access.site, adminHere(context)).conf,
        owner: 'root',
        mode: '0644',
      })),
    ),
    task(
      'Write the keyring of the daemon',
      copy((context) => ({
        dest: `/etc/ceph/ceph.client.${mirrorUser(siteOf(context.host))}.keyring`,
        content: context.output(access.user, adminHere(context)).keyring,
        ...ownedByCeph,
      })),
    ),
  ]
  const filesOfPeer = link?.peers === 'files' ? peerFiles(access, link) : []
  const receives = ({ host }: TaskContext) => link?.source(siteOf(host)) !== undefined
  const running = task(
    'Start the daemon, now and at boot',
    systemd(({ host }) => ({ unit: mirrorUnit(host), state: 'started', enabled: true })),
  )
  const restartNeeded = (context: TaskContext) =>
    !context.changed(running) &&
    ([...files, ...(receives(context) ? filesOfPeer : [])].some((file) => context.changed(file)) ||
      [access.user, ...(link?.changing[siteOf(context.host)] ?? [])].some((item) =>
        context.changed(item, adminHere(context)),
      ) ||
      complained(context, before))
  return [
    task('Install rbd-mirror', pkg({ name: 'rbd-mirror' })),
    ...files,
    block({ when: receives, tasks: filesOfPeer }),
    task('Start all mirror daemons of the host at boot', systemd({ unit: 'ceph-rbd-mirror.target', enabled: true })),
    running,
    task(
      'Restart it for what changed',
      systemd(({ host }) => ({ unit: mirrorUnit(host), state: 'restarted' })),
      { when: restartNeeded },
    ),
  ]
}

/** The daemon drops root's rights at once: what it reads must be its own, and is nobody else's. */
const ownedByCeph = { owner: 'ceph', group: 'ceph', mode: '0600' }

/** The other site as files: `/etc/ceph/SITE.conf` and `/etc/ceph/SITE.client.rbd-mirror.SITE.keyring`. */
function peerFiles(access: SiteAccess, link: PeerLink): Task<unknown>[] {
  const sourceOf = ({ host }: TaskContext) => link.source(siteOf(host)) ?? ''
  return [
    task(
      'Write the ceph.conf of the other site',
      copy((context) => ({
        dest: `/etc/ceph/${sourceOf(context)}.conf`,
        content: context.output(access.site, adminOf(context, sourceOf(context))).conf,
        owner: 'root',
        mode: '0644',
      })),
    ),
    task(
      'Write the keyring for the other site',
      copy((context) => ({
        dest: `/etc/ceph/${sourceOf(context)}.client.${mirrorUser(sourceOf(context))}.keyring`,
        content: context.output(access.user, adminOf(context, sourceOf(context))).keyring,
        ...ownedByCeph,
      })),
    ),
  ]
}

/** The unit of a site's daemon; one a host. */
export function mirrorUnit(host: Host): string {
  return `ceph-rbd-mirror@${mirrorUser(siteOf(host))}`
}

function complained(context: TaskContext, before: PoolLook | undefined): boolean {
  const status = before && context.output(before, adminHere(context))
  return status?.daemons.some(({ callouts }) => callouts.length > 0) ?? false
}
