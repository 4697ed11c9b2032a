import { z } from 'zod'
import { change } from '../../core/change.ts'
import { type Command, sh } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'

interface Daemons {
  /** Units of this host by name, and whether each runs. */
  readonly units: Readonly<Record<string, boolean>>
}

/** All mirror daemons of a host, whatever they are called: those that are to run at boot, and those that run. */
export const mirrorDaemons = defineModule({
  name: 'rbd.mirrorDaemons',
  description:
    'All mirror daemons of a host, running or not. One that does not stop in time, as when its peer is dead, is killed: its work is kept by the clusters.',
  args: z.strictObject({
    state: z.enum(['started', 'stopped']),
    grace: z.int().positive().default(30).describe('seconds until a daemon that does not stop is killed'),
  }),
  scope: 'host',
  absent: { units: {} } as Daemons,

  async read(_, look): Promise<Daemons> {
    const lines = (await look.text(listUnits)).split('\n').filter((line) => line !== '')
    return {
      units: Object.fromEntries(
        lines.map((line) => {
          const [unit = '', state = ''] = line.split(' ')
          return [unit, state === 'active' || state === 'deactivating' || state === 'activating']
        }),
      ),
    }
  },

  *plan({ state, grace }, { units }) {
    const wanted = state === 'started'
    for (const [unit, running] of Object.entries(units))
      if (running !== wanted)
        yield change(`${wanted ? 'start' : 'stop'} ${unit}`, wanted ? start(unit) : stop(unit, grace), {
          from: running ? 'active' : 'inactive',
          to: wanted ? 'active' : 'inactive',
        })
  },

  output: (_, have) => have,
})

const listUnits: Command = {
  ...sh(`{ ls /etc/systemd/system/ceph-rbd-mirror.target.wants 2>/dev/null
  systemctl list-units --all --plain --no-legend 'ceph-rbd-mirror@*' | cut -d ' ' -f 1
} | grep '^ceph-rbd-mirror@' | sort -u | while read -r unit; do
  echo "$unit $(systemctl is-active -- "$unit")"
done`),
  display: "systemctl list-units 'ceph-rbd-mirror@*'",
}

/** A daemon whose peer is dead ignores the request to stop for longer than a failover can wait. */
function stop(unit: string, grace: number): Command {
  const script = `timeout "$2" systemctl stop -- "$1" && exit
systemctl kill --signal=KILL -- "$1"
systemctl stop -- "$1"`
  return { ...sh(script, unit, grace), display: `systemctl stop ${unit}`, timeout: grace + 60 }
}

/** Three starts in half an hour are all that Ceph's units allow until they are told to forget. */
function start(unit: string): Command {
  const script = `systemctl reset-failed -- "$1" 2>/dev/null
systemctl start -- "$1"`
  return { ...sh(script, unit), display: `systemctl start ${unit}`, timeout: 90 }
}
