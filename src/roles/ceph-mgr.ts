import type { Host } from '../core/host.ts'
import { type Task, task } from '../core/task.ts'
import * as ceph from '../modules/ceph/index.ts'
import { copy } from '../modules/copy.ts'
import { directory } from '../modules/directory.ts'
import { systemd } from '../modules/systemd.ts'
import { asMonitor, firstMon } from './ceph-cluster.ts'
import { daemonName } from './ceph-hosts.ts'

/** A manager: its key is made on the first monitor and handed to its host. */
export function cephMgr(): Task[] {
  const user = task(
    'Make the key of the manager',
    ceph.auth((context) => ({
      entity: `mgr.${daemonName(context.host)}`,
      caps: { mon: 'allow profile mgr', osd: 'allow *', mds: 'allow *' },
      as: asMonitor(firstMon(context)),
    })),
    { delegateTo: (context) => firstMon(context).name },
  )
  return [
    user,
    task(
      'Make its folder',
      directory(({ host }) => ({ path: folderOf(host), owner: 'ceph', group: 'ceph', mode: '0750' })),
    ),
    task(
      'Write its keyring',
      copy(({ host, output }) => ({
        dest: `${folderOf(host)}/keyring`,
        content: output(user).keyring,
        owner: 'ceph',
        group: 'ceph',
        mode: '0600',
      })),
    ),
    task(
      'Start the manager',
      systemd(({ host }) => ({
        unit: `ceph-mgr@${daemonName(host)}`,
        state: 'started',
        enabled: true,
        restartAfter: [`${folderOf(host)}/keyring`],
      })),
    ),
  ]
}

function folderOf(host: Host): string {
  return `/var/lib/ceph/mgr/ceph-${daemonName(host)}`
}
