import { z } from 'zod'
import { type Host, hostVar } from '../core/host.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import * as ceph from '../modules/ceph/index.ts'
import { daemonName, monHosts, monIp } from './ceph-hosts.ts'
import { cephRelease } from './ceph-packages.ts'

const standing = task('Look what stands on it already', ceph.inspect({}))

const identity = task(
  'Know the cluster by its fsid',
  ceph.fsid(({ host }) => ({ create: true, value: hostVar(host, 'fsid', z.string().optional()) })),
  { when: isFirst },
)

/**
 * Which cluster a site is, decided before anything is built: for the hosts of `mons`. A cluster is founded only when every
 * monitor's host of the site was looked at and none holds one; a host that cannot be reached may hold it.
 */
export function clusterIdentity(): Task[] {
  return [standing, identity]
}

/**
 * The host that speaks for the site's cluster: one that has a monitor, else one that has begun to get one, else the
 * first. It is the same one again when a run was interrupted, and never a newcomer where a cluster stands.
 */
export function firstMon(context: TaskContext): Host {
  const hosts = monHosts(context)
  const seen = hosts.map((host) => ({ host, ...context.output(standing, host) }))
  const first = seen.find(({ monitors }) => monitors.length > 0) ?? seen.find(({ fsid }) => fsid) ?? seen[0]
  return first?.host ?? context.host
}

export function isFirst(context: TaskContext): boolean {
  return firstMon(context).name === context.host.name
}

/** The fsid of the site's cluster. */
export function clusterFsid(context: TaskContext): string {
  return context.output(identity, firstMon(context))
}

/**
 * The key that a monitor has by itself, for `ceph` on its host: what builds a cluster does not need client.admin's, which
 * an operator may have moved elsewhere.
 */
export function asMonitor(host: Host) {
  return { name: 'mon.', keyring: `/var/lib/ceph/mon/ceph-${daemonName(host)}/keyring` }
}

/** A monitor as others reach it. */
export function monitorOf(context: TaskContext, host: Host) {
  return { id: daemonName(host), address: ceph.monAddressOf(monIp(host), context.output(cephRelease)) }
}

/** The ceph.conf of the host's own site. */
export function clusterConf(): Task {
  return task(
    'Write ceph.conf',
    ceph.conf((context) => ({
      fsid: clusterFsid(context),
      monitors: monHosts(context).map((host) => monitorOf(context, host).address),
      publicNetwork: hostVar(context.host, 'public_network', z.string().optional()),
      clusterNetwork: hostVar(context.host, 'cluster_network', z.string().optional()),
      overrides: hostVar(context.host, 'ceph_conf_overrides', ceph.confOverrides.default({})),
      owner: 'root',
      group: 'root',
      mode: '0644',
    })),
  )
}
