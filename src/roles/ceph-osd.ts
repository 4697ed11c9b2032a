import { z } from 'zod'
import { type Host, hostVar } from '../core/host.ts'
import { type Task, task, type Until } from '../core/task.ts'
import * as ceph from '../modules/ceph/index.ts'
import { copy } from '../modules/copy.ts'
import { fail } from '../modules/fail.ts'
import { asMonitor, clusterFsid, firstMon } from './ceph-cluster.ts'
import { daemonName, devicesOf } from './ceph-hosts.ts'

/** OSDs on the `devices` of a host, or for labs on as many files as `osd_files` says. */
export function cephOsd(): Task[] {
  const bootstrap = task(
    'Make the key that makes OSDs',
    ceph.auth((context) => ({
      entity: 'client.bootstrap-osd',
      caps: { mon: 'allow profile bootstrap-osd' },
      as: asMonitor(firstMon(context)),
    })),
    { delegateTo: (context) => firstMon(context).name },
  )
  return [
    task(
      'Know where its data goes',
      fail(({ host }) => ({ message: nowhere(host) })),
      {
        when: ({ host }) => devicesOf(host).length + filesOf(host) === 0,
      },
    ),
    bootstrap,
    task(
      'Write its keyring',
      copy(({ output }) => ({
        dest: '/var/lib/ceph/bootstrap-osd/ceph.keyring',
        content: output(bootstrap).keyring,
        owner: 'ceph',
        group: 'ceph',
        mode: '0600',
      })),
    ),
    task(
      'Run an OSD on each device',
      ceph.osd((context) => ({ fsid: clusterFsid(context), devices: [...devicesOf(context.host)] })),
      { when: ({ host }) => devicesOf(host).length > 0, until: allUp },
    ),
    task(
      'Run OSDs on files',
      ceph.osdFile((context) => ({
        fsid: clusterFsid(context),
        host: daemonName(context.host),
        count: filesOf(context.host),
      })),
      { when: ({ host }) => filesOf(host) > 0, until: allUp },
    ),
  ]
}

const allUp: Until<readonly ceph.Osd[]> = {
  condition: 'all OSDs of the host are up',
  met: (osds) => osds.every(({ state }) => state === 'active'),
  describe: (osds = []) => osds.map(({ id, state }) => `osd.${id} is ${state}`).join(', '),
  delay: 1,
  deadline: 300,
}

function filesOf(host: Host): number {
  return hostVar(host, 'osd_files', z.int().min(0).default(0))
}

function nowhere(host: Host): string {
  return `${host.name} is in the group "osds", and the inventory gives it neither devices nor, as for a lab, osd_files`
}
