import { block, type TaskItem } from '../core/block.ts'
import type { Host } from '../core/host.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { auth, type CephUser } from '../modules/ceph/auth.ts'
import { keyring } from '../modules/ceph/keyring.ts'
import { copy } from '../modules/copy.ts'
import { file } from '../modules/file.ts'
import { lineinfile } from '../modules/lineinfile.ts'
import { pkg } from '../modules/package.ts'
import { query } from '../modules/query.ts'
import { stat } from '../modules/stat.ts'
import { systemd } from '../modules/systemd.ts'
import { unreadFiles } from '../modules/unread-files.ts'
import { siteOf } from './ceph-hosts.ts'
import type { DaemonNews, PoolLook } from './mirror-health.ts'
import { type ClusterFiles, daemonFiles, mirrorUnit, namesInInventory, peerFiles } from './mirror-names.ts'
import { adminHere, adminOf } from './mirror-site.ts'
import { mirrorCaps, type Named, type SiteAccess } from './mirrored-pool.ts'
import type { PeerLink } from './peer-link.ts'

export interface MirrorDaemonOptions extends Named {
  readonly access: SiteAccess
  /** The link whose data the daemon moves. */
  readonly link?: PeerLink | undefined
  /** How the pool stood before: daemons that complained are restarted, since they do not always notice a cure. */
  readonly before?: PoolLook | undefined
  /** What else a daemon is restarted for. */
  readonly outdated?: ((context: TaskContext) => boolean) | undefined
}

export interface MirrorDaemon {
  /** For plays on `rbdmirrors`, as root. */
  readonly tasks: readonly TaskItem[]
  /** Whether the daemon was started or restarted on the context's host. */
  isNew(context: TaskContext): boolean
  /** Of the context's site. */
  news(context: TaskContext): DaemonNews
}

/** A mirror daemon on each host, as user `ceph`, with the key of its site. */
export function mirrorDaemon({ access, link, before, outdated, ...named }: MirrorDaemonOptions): MirrorDaemon {
  const { names = namesInInventory } = named
  const user = userOfDaemon(access, named)
  const files = clusterFiles({
    names,
    paths: (context) => daemonFiles(names.daemon(context)),
    conf: (context) => context.output(access.site, adminHere(context)).conf,
    user: user.of,
    of: 'the daemon',
  })
  const source = (context: TaskContext) => link?.source(siteOf(context.host), context)
  const receives = (context: TaskContext) => source(context) !== undefined
  const sourceOf = (context: TaskContext) => source(context) ?? ''
  const filesOfPeer = clusterFiles({
    names,
    paths: (context) => peerFiles(names.site(context, sourceOf(context))),
    conf: (context) => context.output(access.site, adminOf(context, sourceOf(context))).conf,
    user: (context) => context.output(access.user, adminOf(context, sourceOf(context))),
    of: 'the other site',
  })
  const atBoot = task(
    'Start the daemon at boot',
    systemd((context) => ({ unit: mirrorUnit(names.daemon(context)), enabled: true })),
  )
  const running = task(
    'Start the daemon',
    systemd((context) => ({ unit: mirrorUnit(names.daemon(context)), state: 'started' })),
  )
  // Not `restartAfter`: what this very run writes has the daemon restarted, too, and a plan has to foresee both in one task.
  const unread = task(
    'See whether the daemon has read its files',
    unreadFiles((context) => {
      const { conf, keyring } = daemonFiles(names.daemon(context))
      return { unit: mirrorUnit(names.daemon(context)), files: [conf, keyring] }
    }),
  )
  const peerInFiles = link?.peers === 'files'
  const restartNeeded = (context: TaskContext) =>
    !context.changed(running) &&
    ([user.own, ...files.contents, ...(peerInFiles && receives(context) ? filesOfPeer.contents : [])].some((item) =>
      context.changed(item),
    ) ||
      [access.user, ...(link?.changing[siteOf(context.host)] ?? [])].some((item) =>
        context.changed(item, adminHere(context)),
      ) ||
      context.output(unread).length > 0 ||
      complained(context, before) ||
      (outdated?.(context) ?? false))
  const restarted = task(
    'Restart it for what changed',
    systemd((context) => ({ unit: mirrorUnit(names.daemon(context)), state: 'restarted' })),
    { when: restartNeeded },
  )
  const wasDone = (context: TaskContext, item: Task<unknown>, host: Host) =>
    context.ran(item, host) && context.mayHaveChanged(item, host)
  return {
    isNew: (context) => context.changed(running) || restartNeeded(context),
    news: (context) => ({
      started: context
        .hosts(`${siteOf(context.host)}:&rbdmirrors`)
        .filter((host) => [running, restarted].some((item) => wasDone(context, item, host))).length,
      instancesBefore: before && context.output(before).daemons.map(({ instanceId }) => instanceId),
    }),
    tasks: [
      task('Install rbd-mirror', pkg({ name: 'rbd-mirror' })),
      unread,
      user.own,
      files.tasks,
      peerInFiles ? block({ when: receives, tasks: filesOfPeer.tasks }) : [],
      namedCluster(named),
      task('Start all mirror daemons of the host at boot', systemd({ unit: 'ceph-rbd-mirror.target', enabled: true })),
      atBoot,
      running,
      restarted,
    ],
  }
}

/** The user of a host's daemon: that of the site, or one of the host's own. */
function userOfDaemon(access: SiteAccess, { names = namesInInventory }: Named) {
  const hasOwn = (context: TaskContext) => names.daemon(context).user !== names.site(context, siteOf(context.host)).user
  const own = task(
    'Create the user of this host’s daemon',
    auth((context) => ({
      entity: `client.${names.daemon(context).user}`,
      caps: mirrorCaps(context.output(access.site, adminHere(context)).release),
    })),
    { when: hasOwn, delegateTo: (context) => adminHere(context).name },
  )
  return {
    own,
    of: (context: TaskContext) =>
      hasOwn(context) ? context.output(own) : context.output(access.user, adminHere(context)),
  }
}

interface FilesOf extends Required<Named> {
  readonly names: NonNullable<Named['names']>
  readonly paths: (context: TaskContext) => ClusterFiles
  readonly conf: (context: TaskContext) => string
  readonly user: (context: TaskContext) => CephUser
  readonly of: string
}

/**
 * How a cluster is reached, and with which key. The daemon drops root's rights at once: a keyring must be its own, and is
 * nobody else's. Owner and mode of one that is there come first, so that a daemon is not restarted for them.
 */
function clusterFiles({ names, paths, conf, user, of }: FilesOf): {
  readonly tasks: readonly Task<unknown>[]
  readonly contents: readonly Task<unknown>[]
} {
  const confFile = task(
    `Write the ceph.conf of ${of}`,
    copy((context) => ({ dest: paths(context).conf, content: conf(context), owner: 'root', mode: '0644' })),
    { when: (context) => !names.daemon(context).keepsConf },
  )
  const there = task(
    `Look for the keyring of ${of}`,
    stat((context) => ({ path: paths(context).keyring })),
  )
  const closed = task(
    `Close the keyring of ${of} to others`,
    file((context) => ({ path: paths(context).keyring, owner: 'ceph', group: 'ceph', mode: '0600' })),
    { when: (context) => context.output(there).exists },
  )
  const key = task(
    `Write the keyring of ${of}`,
    keyring((context) => {
      const { entity, key } = user(context)
      return { path: paths(context).keyring, entity, key }
    }),
  )
  return { tasks: [confFile, there, closed, key], contents: [confFile, key] }
}

/** Ceph's unit takes the cluster's name from the file that its package reads: one of /etc/default and /etc/sysconfig. */
function namedCluster({ names = namesInInventory }: Named): TaskItem {
  const environment = task(
    'See where the daemon’s cluster is named',
    query({
      shell: 'systemctl show -p EnvironmentFiles --value ceph-rbd-mirror@any | sed -n "s/ (.*//p" | tail -n 1',
    }),
  )
  const line = task(
    'Name the cluster of the host’s daemons',
    lineinfile((context) => ({
      path: context.output(environment).stdout.trim() || '/etc/default/ceph',
      regexp: '^\\s*CLUSTER=',
      line: `CLUSTER=${names.daemon(context).cluster}`,
      create: true,
    })),
  )
  return block({ when: (context) => names.daemon(context).cluster !== 'ceph', tasks: [environment, line] })
}

function complained(context: TaskContext, before: PoolLook | undefined): boolean {
  const status = before && context.output(before, adminHere(context))
  return status?.daemons.some(({ callouts }) => callouts.length > 0) ?? false
}
