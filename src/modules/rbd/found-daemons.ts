import { z } from 'zod'
import { type Command, sh } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'

/** A mirror daemon of a host, as its unit tells. */
export interface FoundDaemon {
  /** Without its `client.`; `ceph-rbd-mirror@USER` is the unit. */
  readonly user: string
  readonly running: boolean
  /** Whether it starts at boot. */
  readonly enabled: boolean
  /** Of the running process, else of the file that the unit reads. */
  readonly cluster: string
}

/** A `.conf` in `/etc/ceph`. */
export interface FoundConf {
  readonly path: string
  readonly sha256: string
  readonly fsid: string
  readonly monHost: string
}

/** A `.keyring` in `/etc/ceph`; what is in it is not read. */
export interface FoundKeyring {
  readonly path: string
  readonly owner: string
  /** Octal. */
  readonly mode: string
}

export interface FoundDaemons {
  readonly daemons: readonly FoundDaemon[]
  readonly confs: readonly FoundConf[]
  readonly keyrings: readonly FoundKeyring[]
  /** Whether all mirror daemons of the host are started at boot. */
  readonly targetEnabled: boolean
}

const none: FoundDaemons = { daemons: [], confs: [], keyrings: [], targetEnabled: false }

/** What there is of mirror daemons on a host, whoever set them up; changes nothing. */
export const foundDaemons = defineModule({
  name: 'rbd.foundDaemons',
  description:
    'Looks at the mirror daemons of a host that were set up by hand: units, names of clusters, files in /etc/ceph. No keys.',
  args: z.strictObject({}).prefault({}),
  scope: 'host',
  absent: none,
  read: async (_, look) => parse(await look.text(command)),
  plan: () => [],
  output: (_, have) => have,
})

/** Fields are parted by "|": user, cluster and the names of files have none. */
const command: Command = {
  ...sh(`named=$(cat /etc/default/ceph /etc/sysconfig/ceph 2>/dev/null | sed -n 's/^[[:space:]]*CLUSTER=["'\\'']*\\([^"'\\'' ]*\\).*/\\1/p' | tail -n 1)
{ ls /etc/systemd/system/ceph-rbd-mirror.target.wants
  systemctl list-units --all --plain --no-legend 'ceph-rbd-mirror@*' | cut -d ' ' -f 1
} 2>/dev/null | grep '^ceph-rbd-mirror@' | sort -u | while read -r unit; do
  pid=$(systemctl show -p MainPID --value -- "$unit")
  cluster=
  [ "\${pid:-0}" = 0 ] || cluster=$(tr '\\0' '\\n' < "/proc/$pid/cmdline" | sed -n '/^--cluster$/{n;p;}')
  echo "unit|$unit|$(systemctl is-active -- "$unit")|$(systemctl is-enabled -- "$unit" 2>/dev/null)|\${cluster:-\${named:-ceph}}"
done
echo "target|$(systemctl is-enabled ceph-rbd-mirror.target 2>/dev/null)"
for file in /etc/ceph/*.conf; do
  [ -f "$file" ] || continue
  value() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$file" | tail -n 1; }
  echo "conf|$file|$(sha256sum < "$file" | cut -c 1-64)|$(value fsid)|$(value 'mon[ _-]host')"
done
for file in /etc/ceph/*.keyring; do
  [ ! -f "$file" ] || echo "keyring|$file|$(stat -L -c '%U|%a' -- "$file")"
done`),
  display: 'look for units ceph-rbd-mirror@*, and for *.conf and *.keyring in /etc/ceph',
}

function parse(text: string): FoundDaemons {
  const rows = text.split('\n').map((line) => line.split('|').map((field) => field.trim()))
  const of = (kind: string) => rows.flatMap(([first, ...fields]) => (first === kind ? [fields] : []))
  return {
    daemons: of('unit').map(([unit = '', active, enabled, cluster = 'ceph']) => ({
      user: unit.replace(/^ceph-rbd-mirror@|\.service$/g, ''),
      running: active === 'active',
      enabled: enabled === 'enabled',
      cluster,
    })),
    confs: of('conf').map(([path = '', sha256 = '', fsid = '', monHost = '']) => ({ path, sha256, fsid, monHost })),
    keyrings: of('keyring').map(([path = '', owner = '', mode = '']) => ({ path, owner, mode: mode.padStart(4, '0') })),
    targetEnabled: of('target').some(([state]) => state === 'enabled'),
  }
}
