import { cgroupsOf, removeCgroups, systemdRuns } from './cgroup.ts'
import { removeFolder } from './remove.ts'

/** Folders of an overlay mount (overlayfs), the uppermost `lower` first. */
export interface Overlay {
  readonly lower: readonly string[]
  readonly upper: string
  readonly work: string
  readonly root: string
}

export interface Container {
  /** A name that no other container on this machine has. */
  readonly machine: string
  /** The tree it runs in: a folder, or an overlay that is mounted for it. */
  readonly tree: string | Overlay
  /** Further options of systemd-nspawn(1), and the command. */
  readonly args: readonly string[]
  /** Where the container's process is noted, as a line of /proc/PID/stat. */
  readonly processFile?: string
}

/**
 * Becomes systemd-nspawn in the process that was started, in three steps. Its process is noted first, so that whoever
 * cleans up knows it, however we end. Then come control groups of its own: without, systemd in one container would take
 * the services of another for its own. The overlay is mounted in a mount namespace of its own: nothing is left to unmount.
 */
const launcher = `
note=$1 groups=$2 options=$3 root=$4; shift 4
[ -z "$note" ] || { read -r line < /proc/$$/stat && echo "$line" > "$note"; } || exit
for group in $groups; do mkdir -p "$group" && echo $$ > "$group/cgroup.procs"; done
[ -z "$options" ] || mount -t overlay overlay -o "$options" "$root" || exit
exec systemd-nspawn "$@"
`

/** The command that starts a container, to be run as it is. */
export function containerCommand({ machine, tree, args, processFile = '' }: Container): string[] {
  const root = typeof tree === 'string' ? tree : tree.root
  const options =
    typeof tree === 'string' ? '' : `lowerdir=${tree.lower.join(':')},upperdir=${tree.upper},workdir=${tree.work}`
  const nspawn = [
    '--quiet',
    '--register=no',
    ...(systemdRuns() ? [] : ['--keep-unit']),
    '--resolv-conf=off',
    '--timezone=off',
    `--machine=${machine}`,
    `--directory=${root}`,
    ...args,
  ]
  const launch = ['-c', launcher, 'lab', processFile, cgroupsOf(machine).join(' '), options, root]
  return ['unshare', '--mount', 'sh', ...launch, ...nspawn]
}

/** Removes what systemd-nspawn leaves of a container that has ended, on a machine where systemd does not do it. */
export async function clearRemains(machine: string): Promise<void> {
  await removeCgroups(machine)
  await removeFolder(`/run/systemd/nspawn/propagate/${machine}`)
  await removeFolder(`/run/systemd/nspawn/unix-export/${machine}`)
}
