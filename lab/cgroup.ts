import { existsSync } from 'node:fs'
import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { poll } from './async.ts'
import { LabError } from './error.ts'

/** The hierarchies that a systemd in a container puts its units in: cgroup v1's own one, and cgroup v2. */
const roots = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup']

/** On a machine that systemd runs, systemd-nspawn asks it for a scope. */
export const systemdRuns = () => existsSync('/run/systemd/system')

/** The control groups of a container; none where systemd runs this machine and makes them. */
export function cgroupsOf(machine: string): string[] {
  if (systemdRuns()) return []
  const present = roots.filter((root) => existsSync(join(root, 'cgroup.procs')))
  return present.map((root) => join(root, `ceph-playbook-${machine}`))
}

/** Removes the groups of a container that has ended. */
export async function removeCgroups(machine: string): Promise<void> {
  for (const group of cgroupsOf(machine)) await removeTree(group)
}

async function removeTree(group: string): Promise<void> {
  if (!existsSync(group)) return
  const entries = await readdir(group, { withFileTypes: true })
  for (const entry of entries.filter((each) => each.isDirectory())) await removeTree(join(group, entry.name))
  // The kernel keeps a group for a moment after its last process has ended.
  const gone = await poll(5, () => rmdir(group).then(() => true, stillBusy))
  if (!gone) throw new LabError({ summary: `the control group ${group} still has processes` })
}

function stillBusy(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EBUSY') throw error
}
