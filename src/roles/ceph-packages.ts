import type { Host } from '../core/host.ts'
import { type Task, task } from '../core/task.ts'
import * as ceph from '../modules/ceph/index.ts'
import { pkg } from '../modules/package.ts'
import { devicesOf } from './ceph-hosts.ts'

/** Packages by group of the inventory; Debian's and EL's have the same names, and bring in what they depend on. */
const packagesByGroup: Readonly<Record<string, readonly string[]>> = {
  mons: ['ceph-mon'],
  mgrs: ['ceph-mgr'],
  osds: ['ceph-osd'],
  rbdmirrors: ['rbd-mirror'],
}

/** What a host needs installed for its part in a cluster: the command line, and the daemons of its groups. */
export function packagesOf({ groups }: Host): string[] {
  return ['ceph-common', ...groups.flatMap((group) => packagesByGroup[group] ?? [])]
}

/** The release that a host has installed. */
export const cephRelease = task('Look which release it is', ceph.version({}))

/**
 * Ceph's packages, and a look at which release they are: since Quincy, `ceph-volume` has its own package
 * (ceph/ceph#42465).
 */
export function cephPackages(): Task[] {
  return [
    task(
      'Install Ceph',
      pkg(({ host }) => ({ name: packagesOf(host), installRecommends: false })),
      { tags: ['packages'] },
    ),
    cephRelease,
    task('Install ceph-volume', pkg({ name: 'ceph-volume', installRecommends: false }), {
      when: ({ host, output }) => devicesOf(host).length > 0 && output(cephRelease).major >= 17,
      tags: ['packages'],
    }),
  ]
}
