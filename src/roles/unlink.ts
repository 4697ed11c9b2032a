import { block, type TaskItem } from '../core/block.ts'
import type { Play } from '../core/playbook.ts'
import { play } from '../core/playbook.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { mirrorPeer } from '../modules/rbd/mirror-peer.ts'
import { systemd } from '../modules/systemd.ts'
import { siteOf } from './ceph-hosts.ts'
import { mirrorUnit, namesInInventory } from './mirror-names.ts'
import { adminHere, onAdmin } from './mirror-site.ts'

export interface UnlinkOptions {
  readonly pool: string
  readonly sites: readonly [string, string]
}

/** Takes the link between the pools of two sites away, on both. */
export function unlinkPlays({ pool, sites }: UnlinkOptions): readonly Play[] {
  const both = sites.join(':')
  const remove = removePeer(`Remove the peer`, pool, sites)
  return [
    play({ name: 'Each site forgets the other', hosts: `${both}:&mons`, become: true, tasks: [remove.tasks] }),
    play({
      name: 'The daemons stop asking the other site',
      hosts: `${both}:&rbdmirrors`,
      become: true,
      tasks: [
        task(
          'Restart the daemon',
          systemd((context) => ({ unit: mirrorUnit(namesInInventory.daemon(context)), state: 'restarted' })),
          {
            when: (context) => context.changed(remove.task, adminHere(context)),
          },
        ),
      ],
    }),
    play({
      name: 'Nothing of the link is left',
      hosts: `${both}:&mons`,
      become: true,
      tasks: [removePeer('Remove what a daemon has put back in the meantime', pool, sites).tasks],
    }),
  ]
}

function removePeer(
  name: string,
  pool: string,
  sites: UnlinkOptions['sites'],
): { task: Task<unknown>; tasks: TaskItem } {
  const other = ({ host }: TaskContext) => (siteOf(host) === sites[0] ? sites[1] : sites[0])
  const removal = task(
    name,
    mirrorPeer((context) => ({
      pool,
      site: namesInInventory.site(context, other(context)).name,
      state: 'absent',
    })),
  )
  return { task: removal, tasks: block({ when: onAdmin, tasks: [removal] }) }
}
