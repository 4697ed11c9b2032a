import { block } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { command } from '../modules/command.ts'
import { drillCloneName, drillClones, drillSnapshotName, drillSnapshots } from '../modules/rbd/drill.ts'
import { recordImages, unknownNames } from '../modules/rbd/gates.ts'
import { imageSpec, poolSpec } from '../modules/rbd/names.ts'
import type { Pair } from '../modules/rbd/pair.ts'
import { sayProblems, withReasons } from '../modules/rbd/problems.ts'
import { siteImages } from '../modules/rbd/site-images.ts'
import { siteRecord } from '../modules/rbd/site-record.ts'
import { siteProof } from '../modules/rbd/site-work.ts'
import { hasEnded, leftAt, lookAtPair, otherOf, waitFor, wanted } from './dr-look.ts'
import { onAdminOf } from './mirror-site.ts'

export interface DrillOptions {
  readonly pool: string
  readonly namespace?: string | undefined
  readonly sites: readonly [string, string]
  /** The site whose copies are tried. */
  readonly at: string
  /** Default: all. */
  readonly images?: readonly string[] | undefined
  /** A line for sh, run on the admin host of that site for each clone: `$IMAGE` is its name with the pool. */
  readonly checkCommand?: string | undefined
  readonly wait: number
  readonly parallel: number
  readonly operator?: string | undefined
  readonly reason?: string | undefined
}

/**
 * Tries the copies of a site while they go on being copies: a snapshot of each image travels as every write does, is
 * cloned where it arrives, written and checked there, and all of it is removed again. Roles stay as they are.
 */
export function drillPlays(options: DrillOptions): Play[] {
  const { pool, namespace, sites, at, images, checkCommand, wait, parallel, operator, reason } = options
  const source = otherOf(sites, at)
  const many = { pool, namespace, parallel }
  const look = lookAtPair({ pool, namespace, sites }, { detail: true })
  const chosen = (context: TaskContext) =>
    look.pair(context).images.filter(({ name, primary }) => primary === source && (images?.includes(name) ?? true))
  const names = (context: TaskContext) => chosen(context).map(({ name }) => name)
  const time = (context: TaskContext) => look.at(context, at)?.now ?? 0
  const snapshot = (context: TaskContext) => drillSnapshotName(time(context))
  const clones = (context: TaskContext) =>
    names(context).map((name) => ({
      name,
      snapshot: snapshot(context),
      clone: drillCloneName(snapshot(context), name),
    }))
  const arrived = waitFor(`Wait until the snapshots are at ${at}`, wait, (context) => ({
    pool,
    namespace,
    images: wanted(chosen(context)),
    until: 'snapshot',
    snapshot: snapshot(context),
  }))
  const cloned = task(
    `Clone at ${at}`,
    drillClones((context) => ({ ...many, clones: clones(context) })),
  )
  const proven = task(
    'Prove that the clones can be written',
    siteProof((context) => ({ ...many, images: clones(context).map(({ clone }) => clone), plain: true })),
  )
  const checked = task(
    'Check each clone',
    command((context) => ({
      argv: ['sh', '-c', checkEach, checkCommand ?? 'true', ...clones(context).map(specOf(options))],
      changes: false,
      timeout: 3600,
    })),
  )
  const served = task('See the time', siteImages({ pool, namespace }))
  const removed = task('Remove the clones', drillClones({ ...many, state: 'absent' }))
  const ended = task('See the time', siteImages({ pool, namespace }))
  const steps: readonly Step[] = [
    { task: arrived, failed: `the snapshots did not arrive within ${wait} s` },
    { task: cloned, failed: 'not all could be cloned' },
    { task: proven, failed: 'not all clones could be written' },
    ...(checkCommand === undefined ? [] : [{ task: checked, failed: 'the check failed' }]),
  ]
  const report = (context: TaskContext) => {
    const broken = steps.find((step) => !hasEnded(context, step.task, at))
    const tried = broken?.failed ?? `cloned, written${checkCommand === undefined ? '' : ', checked'}`
    const result = `${tried}; ${hasEnded(context, removed, at) ? 'removed again' : 'its clone is left'}`
    return {
      draft: {
        kind: 'drill' as const,
        pool: poolSpec({ pool, namespace }),
        from: source,
        to: at,
        operator: operator ?? null,
        reason: reason ?? null,
        notes: [
          broken ? `it failed: ${broken.failed}` : spans(context),
          ...(checkCommand === undefined ? [] : [`checked with: ${checkCommand}`]),
        ],
        images: recordImages(chosen(context), at, time(context), look.pair(context).canaries),
        time: time(context),
      },
      results: Object.fromEntries(chosen(context).map(({ globalId }) => [globalId, { result }])),
      finished: leftAt(context, ended, at).now,
    }
  }
  const spans = (context: TaskContext) => {
    const begun = leftAt(context, arrived, at).site.now
    return `${begun - time(context)} s until the snapshots had arrived, ${leftAt(context, served, at).now - begun} s from there to service`
  }
  const atSource = onAdminOf(source)
  const atTarget = onAdminOf(at)
  const removal = [
    block({ when: atTarget, tasks: [removed] }),
    block({
      when: atSource,
      tasks: [
        task(
          'Take the snapshots away',
          drillSnapshots((context) => ({ ...many, images: names(context), state: 'absent' })),
        ),
      ],
    }),
  ]
  return [
    play({
      name: `Drill: could ${at} take over?`,
      hosts: `${sites.join(':')}:&mons`,
      become: true,
      anyErrorsFatal: true,
      tasks: [
        look.task,
        block({
          when: atTarget,
          tasks: [
            task(
              `See that ${at} has good copies`,
              assert((context) => readiness(look.pair(context), { at, images })),
            ),
          ],
        }),
        block({
          name: 'drill',
          tasks: [
            block({
              tasks: [
                block({
                  when: atSource,
                  tasks: [
                    task(
                      `Snapshot at ${source}`,
                      drillSnapshots((context) => ({ ...many, images: names(context), snapshot: snapshot(context) })),
                    ),
                  ],
                }),
                block({ when: atTarget, tasks: [...steps.map((step) => step.task), served] }),
              ],
              always: removal,
            }),
          ],
          always: [block({ when: atTarget, tasks: [ended, task('Record the drill', siteRecord(report))] })],
        }),
      ],
    }),
  ]
}

interface Step {
  readonly task: Task<unknown>
  /** What it means that it did not come to its end. */
  readonly failed: string
}

/** The first check that fails is told with its image, and the others are tried as well. */
const checkEach = `code=0
for IMAGE; do
  export IMAGE
  sh -c "$0" || { echo "the check of $IMAGE failed with exit code $?" >&2; code=1; }
done
exit $code`

function specOf({ pool, namespace }: DrillOptions) {
  return ({ clone }: { readonly clone: string }) => imageSpec({ pool, namespace, image: clone })
}

/** Whether all copies are good: also of images that are primary nowhere, or at both sites, which could not be tried. */
export function readiness(pair: Pair, { at, images }: Pick<DrillOptions, 'at' | 'images'>) {
  const meant = pair.images.filter(({ name, primary }) => primary !== at && (images?.includes(name) ?? true))
  const bad = meant.filter(({ verdict }) => verdict !== 'healthy' && verdict !== 'behind')
  const problems = [...unknownNames(pair, images), ...sayProblems(bad)]
  return {
    that: meant.length > 0 && problems.length === 0,
    message:
      problems.length > 0
        ? withReasons('the drill would fail as a failover would', problems)
        : `nothing is copied to ${at}, so there is nothing to try`,
  }
}
