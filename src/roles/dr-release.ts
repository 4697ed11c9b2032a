import { block, type TaskItem } from '../core/block.ts'
import { type Condition, type Task, type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { listed } from '../modules/rbd/batch.ts'
import type { Decision } from '../modules/rbd/gates.ts'
import { siteImages } from '../modules/rbd/site-images.ts'
import { siteRole } from '../modules/rbd/site-role.ts'
import { siteSnapshots } from '../modules/rbd/site-work.ts'
import type { ImagesOf } from './dr-hooks.ts'
import { hasEnded, leftAt, namesOf, waitFor, waitUntilClosed, wanted } from './dr-look.ts'
import type { FailoverOptions } from './dr-options.ts'
import { onAdminOf } from './mirror-site.ts'

/** How the source of a planned failover gives its images up. For plays on `mons` of both sites. */
export interface Release {
  readonly tasks: TaskItem[]
  /** Whether it broke off: where guests were stopped for it, they run again before the run ends. */
  readonly failed: Condition
  /** What is still primary at the source then. */
  readonly kept: ImagesOf
  /** Ends the run where it broke off. For the target's admin. */
  readonly gate: TaskItem[]
}

/**
 * Sends what was written last, waits until it has arrived, and demotes. With hooks that stop guests, a step that fails
 * does not end the run at once: the steps after it are left out, and the guests are started again first.
 */
export function releaseSource(options: FailoverOptions, decide: (context: TaskContext) => Decision): Release {
  const { pool, namespace, from, to, ignoreClients, wait, parallel, hooks } = options
  const many = { pool, namespace, parallel }
  const guests = hooks?.stopGuests !== undefined
  const demoting: ImagesOf = (context) => namesOf(decide(context).demoting)
  const due = (context: TaskContext) => demoting(context).length > 0
  const ended = (context: TaskContext, done: Task<unknown>, site: string) => !guests || hasEnded(context, done, site)
  const tolerant = { ignoreErrors: guests, ignoreUnreachable: guests }

  const closed = waitUntilClosed({ pool, namespace }, demoting, tolerant)
  const sent = task(
    'Send what was written since the last mirror snapshot',
    siteSnapshots((context) => ({ ...many, images: demoting(context) })),
    { ...tolerant, when: (context) => ignoreClients || ended(context, closed, from) },
  )
  const arrived = waitFor(
    `Wait until ${to} has replayed everything`,
    wait,
    (context) => ({
      pool,
      namespace,
      images: wanted(decide(context).demoting.filter(({ primary }) => primary === from)),
      until: 'caught-up',
    }),
    { ...tolerant, when: (context) => ended(context, sent, from) },
  )
  const demoted = task(
    `Demote at ${from}`,
    siteRole((context) => ({
      ...many,
      role: 'secondary',
      images: demoting(context),
      ignoreClients,
      clientsLeave: guests,
    })),
    { ...tolerant, when: (context) => ended(context, arrived, to) },
  )
  const left = task(
    'See what could not be demoted',
    siteImages((context) => ({ pool, namespace, images: demoting(context) })),
  )
  const failed = (context: TaskContext) => guests && due(context) && !hasEnded(context, demoted, from)
  const kept: ImagesOf = (context) => namesOf(leftAt(context, left, from).images.filter(({ primary }) => primary))
  const atSource = (tasks: TaskItem[], when: Condition = due) =>
    block({ when: (context) => onAdminOf(from)(context) && when(context), tasks })
  return {
    failed,
    kept,
    tasks: [
      atSource([...(guests && !ignoreClients ? [closed] : []), sent]),
      block({ when: (context) => onAdminOf(to)(context) && due(context), tasks: [arrived] }),
      atSource([demoted]),
      atSource([left], failed),
    ],
    gate: guests
      ? [
          task(
            `See that ${from} has let go`,
            assert((context) => ({
              that: !failed(context),
              message: failed(context) ? brokeOff(kept(context), from) : '-',
            })),
          ),
        ]
      : [],
  }
}

function brokeOff(kept: readonly string[], from: string): string {
  const rest =
    kept.length > 0
      ? `${listed(kept)} ${kept.length === 1 ? 'is' : 'are'} still primary at ${from}, where guests were started again`
      : 'nothing is primary any more'
  return `nothing was promoted, because what is told above failed; ${rest}. Mend that, and run it again`
}
