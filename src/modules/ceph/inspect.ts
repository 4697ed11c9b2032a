import { z } from 'zod'
import { sh } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'

export interface Inspection {
  /** The cluster that the host's ceph.conf names; undefined when there is none. */
  readonly fsid: string | undefined
  /** Ids of the monitors whose store is on the host, running or not. */
  readonly monitors: readonly string[]
}

const command = {
  ...sh(`[ ! -r /etc/ceph/ceph.conf ] || sed -n 's/^[[:space:]]*fsid[[:space:]]*=[[:space:]]*/fsid /p' /etc/ceph/ceph.conf
for store in /var/lib/ceph/mon/ceph-*/keyring; do
  [ ! -e "$store" ] || { store="\${store%/keyring}"; echo "mon \${store##*/ceph-}"; }
done`),
  display: 'look for ceph.conf and monitors',
}

/** What of Ceph stands on a host, seen from its files alone: nothing has to run. */
export const inspect = defineModule({
  name: 'ceph.inspect',
  description: "The cluster that a host's ceph.conf names and the monitors on it, as output; nothing has to run.",
  args: z.strictObject({}),
  absent: { fsid: undefined, monitors: [] },
  scope: 'host',
  read: async (_, look) => parseInspection(await look.text(command)),
  plan: () => [],
  output: (_, have): Inspection => have,
})

function parseInspection(text: string): Inspection {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const named = (kind: string) => lines.filter(([word]) => word === kind).flatMap(([, value]) => value ?? [])
  return { fsid: named('fsid')[0], monitors: named('mon') }
}
