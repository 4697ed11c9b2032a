import { block, type TaskItem } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { type Decision, decidePlanned } from '../modules/rbd/gates.ts'
import { withReasons } from '../modules/rbd/problems.ts'
import { siteRole } from '../modules/rbd/site-role.ts'
import { siteProof } from '../modules/rbd/site-work.ts'
import { hookPlays } from './dr-hooks.ts'
import { lookAtPair, namesOf, waitFor, waitForTheDead, wanted } from './dr-look.ts'
import type { FailoverOptions } from './dr-options.ts'
import { failoverRecord } from './dr-record.ts'
import { releaseSource } from './dr-release.ts'
import { onAdminOf } from './mirror-site.ts'

/**
 * The primary role moves to the other site, with nothing lost: what is written last is replayed first. Each step looks
 * at what is so, so that a run that was interrupted goes on when it is run again.
 */
export function plannedFailoverPlays(options: FailoverOptions): Play[] {
  const { pool, namespace, from, to, images, ignoreClients, wait, parallel, hooks } = options
  const many = { pool, namespace, parallel }
  const look = lookAtPair({ ...options, sites: [from, to] }, { detail: true, silent: from })
  const ignoring = { ignoreClients: ignoreClients || hooks?.stopGuests !== undefined }
  const decide = (context: TaskContext) => decidePlanned(look.looks(context), { from, to, images }, ignoring)
  const names = (what: 'moving' | 'demoting') => (context: TaskContext) => namesOf(decide(context)[what])
  const all = (context: TaskContext) => [...names('moving')(context), ...namesOf(decide(context).done)]
  const atTarget = onAdminOf(to)
  const moves = (context: TaskContext) => names('moving')(context).length > 0
  const record = failoverRecord(options, 'failover', (context) => ({
    look,
    decision: decide(context),
    notes: () => [],
  }))
  const unproven = (context: TaskContext) => record.unproven(context).length > 0
  const release = releaseSource(options, decide)
  const step = (name: string, tasks: TaskItem[]) =>
    play({ name, hosts: `${from}:${to}:&mons`, become: true, anyErrorsFatal: true, tasks })
  return [
    step(`Move the primary role from ${from} to ${to}`, [
      waitForTheDead(options, from),
      look.task,
      block({
        when: atTarget,
        tasks: [
          record.read,
          task(
            'See that nothing would be lost',
            assert((context) => {
              const message = look.unseen(context, to)
              return message === undefined ? refusal(decide(context), from, to) : { that: false, message }
            }),
          ),
        ],
      }),
      block({ when: (context) => atTarget(context) && moves(context), tasks: [record.begin] }),
    ]),
    ...hookPlays({ hooks, what: 'stopGuests', site: from, images: names('moving'), when: moves, tolerant: true }),
    step(`${from} lets go`, release.tasks),
    ...hookPlays({ hooks, what: 'startGuests', site: from, images: release.kept, when: release.failed }),
    step(`${to} becomes primary`, [
      block({ when: atTarget, tasks: release.gate }),
      block({
        when: (context) => atTarget(context) && unproven(context),
        tasks: [
          task(
            `Promote at ${to} as the demotion arrives`,
            siteRole((context) => ({ ...many, role: 'primary', images: names('moving')(context), deadline: wait })),
          ),
          task(
            `Prove that ${to} can write`,
            siteProof((context) => ({ ...many, images: record.unproven(context) })),
          ),
          record.end,
        ],
      }),
    ]),
    ...hookPlays({ hooks, what: 'startGuests', site: to, images: all, when: (context) => all(context).length > 0 }),
    step(`${from} follows ${to}`, [
      block({
        when: onAdminOf(from),
        tasks: [
          waitFor(`Wait until ${from} follows`, wait, (context) => ({
            pool,
            namespace,
            images: wanted([...decide(context).moving, ...decide(context).done]),
            until: 'following',
          })),
        ],
      }),
    ]),
  ]
}

function refusal({ moving, done, problems }: Decision, from: string, to: string) {
  const message =
    problems.length > 0
      ? withReasons(`nothing was changed, since not all images can move from ${from} to ${to} without risk`, problems)
      : `there is no mirrored image at all to move to ${to}`
  return { that: problems.length === 0 && moving.length + done.length > 0, message }
}
