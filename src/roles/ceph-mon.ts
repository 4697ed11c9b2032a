import { type Task, task } from '../core/task.ts'
import * as ceph from '../modules/ceph/index.ts'
import { copy } from '../modules/copy.ts'
import { systemd } from '../modules/systemd.ts'
import { asMonitor, clusterFsid, firstMon, isFirst, monitorOf } from './ceph-cluster.ts'
import { daemonName, siteOf } from './ceph-hosts.ts'
import { cephRelease } from './ceph-packages.ts'

/** A monitor: on the first host of the site it founds the cluster, on the others it joins. */
export function cephMon(): Task[] {
  const founded = task(
    'Make the first monitor',
    ceph.mon((context) => ({ fsid: clusterFsid(context), ...monitorOf(context, context.host) })),
    { when: isFirst },
  )
  const joined = task(
    'Make the other monitors',
    ceph.mon((context) => ({
      fsid: clusterFsid(context),
      ...monitorOf(context, context.host),
      quorum: [monitorOf(context, firstMon(context))],
      key: context.output(founded, firstMon(context)).key,
    })),
    { when: (context) => !isFirst(context) },
  )
  return [
    founded,
    joined,
    task(
      'Start the monitor',
      systemd(({ host }) => ({ unit: `ceph-mon@${daemonName(host)}`, state: 'started', enabled: true })),
    ),
    task(
      'Wait until it is in the quorum',
      ceph.monStatus(({ host }) => ({ id: daemonName(host) })),
      {
        until: {
          condition: 'the monitor is in the quorum',
          met: ({ inQuorum }) => inQuorum,
          describe: (status) => `the monitor is ${status?.state ?? 'not there'}`,
          delay: 1,
          deadline: 120,
        },
      },
    ),
  ]
}

/** The keyring of client.admin on the monitors' hosts. */
export function cephAdmin(): Task[] {
  const admin = task(
    'Make the key of client.admin',
    ceph.auth(({ host }) => ({
      entity: 'client.admin',
      caps: { mon: 'allow *', mgr: 'allow *', osd: 'allow *', mds: 'allow *' },
      as: asMonitor(host),
    })),
  )
  return [
    admin,
    task(
      'Write its keyring',
      copy(({ output }) => ({
        dest: '/etc/ceph/ceph.client.admin.keyring',
        content: output(admin).keyring,
        owner: 'root',
        group: 'root',
        mode: '0600',
      })),
    ),
  ]
}

/** What a cluster needs once it runs; asked for on its first monitor. */
export function cephSettled(): Task[] {
  return [
    task(
      'Refuse clients that cannot prove their session',
      ceph.config(({ host }) => ({
        who: 'mon',
        options: { auth_allow_insecure_global_id_reclaim: false },
        as: asMonitor(host),
      })),
      { when: (context) => isFirst(context) && context.output(cephRelease).major >= 14, tags: ['global-id'] },
    ),
    task(
      'Wait for a manager',
      ceph.status(({ host }) => ({ as: asMonitor(host) })),
      {
        when: (context) => isFirst(context) && context.hosts(`${siteOf(context.host)}:&mgrs`).length > 0,
        until: {
          condition: 'a manager is active',
          met: ({ managed }) => managed,
          describe: (status) => (status ? `no manager is active; the cluster says ${status.health}` : 'no answer'),
          delay: 1,
          deadline: 120,
        },
      },
    ),
  ]
}
