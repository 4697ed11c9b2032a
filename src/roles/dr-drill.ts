import { block } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { command } from '../modules/command.ts'
import { drillClones, drillPrefix, drillSnapshots } from '../modules/rbd/drill.ts'
import { recordImages } from '../modules/rbd/gates.ts'
import { imageSpec } from '../modules/rbd/names.ts'
import type { PairImage } from '../modules/rbd/pair.ts'
import { sayProblems, withReasons } from '../modules/rbd/problems.ts'
import { siteImages } from '../modules/rbd/site-images.ts'
import { siteRecord } from '../modules/rbd/site-record.ts'
import { siteProof } from '../modules/rbd/site-work.ts'
import { leftAt, lookAtPair, otherOf, waitFor, wanted } from './dr-look.ts'
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
  const snapshot = (context: TaskContext) => `${drillPrefix}${stamp(time(context))}`
  const clones = (context: TaskContext) =>
    names(context).map((name) => ({ name, snapshot: snapshot(context), clone: `${snapshot(context)}.${name}` }))
  const arrived = waitFor(`Wait until the snapshots are at ${at}`, wait, (context) => ({
    pool,
    namespace,
    images: wanted(chosen(context)),
    until: 'snapshot',
    snapshot: snapshot(context),
  }))
  const served = task('See the time', siteImages({ pool, namespace }))
  const atSource = onAdminOf(source)
  const atTarget = onAdminOf(at)
  const removal = [
    block({ when: atTarget, tasks: [task('Remove the clones', drillClones({ ...many, state: 'absent' }))] }),
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
              assert((context) => readiness(chosen(context), at)),
            ),
          ],
        }),
        block({
          name: 'drill',
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
            block({
              when: atTarget,
              tasks: [
                arrived,
                task(
                  `Clone at ${at}`,
                  drillClones((context) => ({ ...many, clones: clones(context) })),
                ),
                task(
                  'Prove that the clones can be written',
                  siteProof((context) => ({ ...many, images: clones(context).map(({ clone }) => clone), plain: true })),
                ),
                ...(checkCommand === undefined
                  ? []
                  : [
                      task(
                        'Check each clone',
                        command((context) => ({
                          argv: ['sh', '-c', checkEach, checkCommand, ...clones(context).map(specOf(options))],
                          changes: false,
                          timeout: 3600,
                        })),
                      ),
                    ]),
                served,
                task(
                  'Record the drill',
                  siteRecord((context) => {
                    const begun = leftAt(context, arrived, at).site.now
                    const done = leftAt(context, served, at).now
                    const results = chosen(context).map(({ globalId }) => [
                      globalId,
                      { result: `cloned, written${checkCommand === undefined ? '' : ', checked'} and removed` },
                    ])
                    return {
                      draft: {
                        kind: 'drill',
                        pool: namespace === undefined ? pool : `${pool}/${namespace}`,
                        from: source,
                        to: at,
                        operator: operator ?? null,
                        reason: reason ?? null,
                        notes: [
                          `${begun - time(context)} s until the snapshots had arrived, ${done - begun} s from there to service`,
                          ...(checkCommand === undefined ? [] : [`checked with: ${checkCommand}`]),
                        ],
                        images: recordImages(chosen(context), at, time(context), look.pair(context).canaries),
                        time: time(context),
                      },
                      results: Object.fromEntries(results),
                      finished: done,
                    }
                  }),
                ),
              ],
            }),
          ],
          always: removal,
        }),
      ],
    }),
  ]
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

function readiness(images: readonly PairImage[], at: string) {
  const bad = images.filter(({ verdict }) => verdict !== 'healthy' && verdict !== 'behind')
  return {
    that: images.length > 0 && bad.length === 0,
    message:
      images.length === 0
        ? `nothing is copied to ${at}, so there is nothing to try`
        : withReasons('the drill would fail as a failover would', sayProblems(bad)),
  }
}

/** `20261122T103500Z` */
function stamp(time: number): string {
  return new Date(time * 1000).toISOString().replace(/[-:]/g, '').replace(/\..*$/, 'Z')
}
