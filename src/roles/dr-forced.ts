import { block } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { listed } from '../modules/rbd/batch.ts'
import { copyName } from '../modules/rbd/failback-gate.ts'
import { decideForced } from '../modules/rbd/gates.ts'
import { mirrorDaemons } from '../modules/rbd/mirror-daemons.ts'
import { sideAt } from '../modules/rbd/pair.ts'
import { withReasons } from '../modules/rbd/problems.ts'
import { siteFence } from '../modules/rbd/site-fence.ts'
import { type SiteImage, siteImages } from '../modules/rbd/site-images.ts'
import { siteRole } from '../modules/rbd/site-role.ts'
import { siteCopies, siteProof } from '../modules/rbd/site-work.ts'
import { clockAt, spanWords, tell } from './dr-clock.ts'
import { proofOfLoss } from './dr-gone.ts'
import { hookPlays, type ImagesOf } from './dr-hooks.ts'
import { hasEnded, lookAtPair, namesOf } from './dr-look.ts'
import type { FailoverOptions } from './dr-options.ts'
import { failoverRecord } from './dr-record.ts'
import { adminOf, onAdminOf } from './mirror-site.ts'

export interface ForcedOptions extends FailoverOptions {
  /** The name of the source, typed by a person who knows that nothing writes there any more. */
  readonly declared?: string | undefined
  /** Promote also images whose newest mirror snapshot has arrived only in part. */
  readonly acceptOlder: boolean
  /** Promote them, too, and before that keep the last state that had arrived whole as a copy which is not mirrored. */
  readonly rescue: boolean
}

/** Seconds for a daemon to stop: with its peer gone it does not, and everybody waits for it. */
const grace = 10

/**
 * The primary role is taken without the other site, which is lost: what had not arrived is lost as well. Nothing is done
 * before it is proven, from here and from the hosts of the target, that the source is gone, or somebody has said so.
 */
export function forcedFailoverPlays(options: ForcedOptions): Play[] {
  const { pool, namespace, from, to, images, declared, rescue, parallel, hooks } = options
  const acceptOlder = options.acceptOlder || rescue
  const many = { pool, namespace, parallel }
  const look = lookAtPair({ pool, namespace, sites: [from, to] }, { detail: true, silent: from })
  const proof = proofOfLoss({ from, to, declared })
  const decide = (context: TaskContext) =>
    decideForced(look.looks(context), { from, to, images }, { acceptOlder: options.acceptOlder, rescue })
  const names = (context: TaskContext) => namesOf(decide(context).moving)
  const due = (context: TaskContext) => names(context).length > 0
  const dueHere = (context: TaskContext) => onAdminOf(to)(context) && due(context)
  const record = failoverRecord(options, 'forced failover', (context) => ({
    look,
    decision: decide(context),
    kept: new Map(rescued(context).map(({ name, copy }) => [name, copy])),
    notes: () => [
      ...proof.evidence(context, answers(context)),
      ...fencing(context),
      ...leftOut(context),
      ...timing(context),
    ],
  }))
  const all = (context: TaskContext) => [...names(context), ...namesOf(decide(context).done)]
  const unproven = (context: TaskContext) => record.unproven(context).length > 0
  const fenced = task(
    `Shut out the clients of ${from}`,
    siteFence((context) => ({ ...many, images: names(context) })),
    { ignoreErrors: true, ignoreUnreachable: true },
  )
  const fencing = (context: TaskContext) =>
    answers(context) && hasEnded(context, fenced, from) ? [`${from} was told to take no writes of its clients`] : []
  const leftOut = (context: TaskContext) => {
    const { pieces, moving } = decide(context)
    const left = namesOf(pieces.filter((image) => !moving.includes(image)))
    return left.length > 0 ? [`not promoted, since their first copy never arrived whole: ${listed(left)}`] : []
  }
  const proven = task(
    `Prove that ${to} can write`,
    siteProof((context) => ({ ...many, images: record.unproven(context) })),
  )
  const rescued = (context: TaskContext) => {
    if (!rescue) return []
    const site = look.at(context, to)
    return decide(context).half.flatMap((image) => {
      const { image: copy } = sideAt(image, to)
      return site && copy ? [rescuedCopy(copy, site)] : []
    })
  }
  const keepWhole = task(
    'Keep the last whole state of what has arrived only in part',
    siteCopies((context) => ({ pool, namespace, images: rescued(context), state: 'last-whole' })),
    { when: (context) => rescued(context).length > 0 },
  )
  const promoted = task(
    `Promote at ${to}`,
    siteRole((context) => ({ ...many, role: 'primary', force: true, acceptOlder, images: names(context) })),
  )
  const clock = {
    start: clockAt(to, 'Start the clock'),
    decided: clockAt(to, 'See the time', record.begin),
    promoted: clockAt(to, 'See the time', promoted),
    proven: clockAt(to, 'See the time', proven),
  }
  const timeToService = (context: TaskContext) =>
    `time to service ${spanWords(context, [
      { what: `to know that ${from} is gone`, from: clock.start, to: clock.decided },
      { what: `to promote ${count(names(context).length)}`, from: clock.decided, to: clock.promoted },
      { what: 'to prove each by a write', from: clock.promoted, to: clock.proven },
    ])}`
  const timing = (context: TaskContext) =>
    due(context) && hasEnded(context, clock.proven, to) ? [timeToService(context)] : []
  const serves = (context: TaskContext) =>
    unproven(context) ? hasEnded(context, proven, to) : decide(context).done.length > 0

  const answers = (context: TaskContext) => look.at(context, from) !== undefined
  const gate = (context: TaskContext) => {
    const unseen = look.unseen(context, to)
    if (unseen !== undefined) return no(unseen)
    if (!proof.isGone(context, answers(context)))
      return no(
        `nothing was changed: ${from} may still be alive (${proof.evidence(context, answers(context)).join('; ')}). If it works, move without loss: the same without force. If nothing writes there any more, say so: -e declared=${from}`,
      )
    const { problems, moving, done } = decide(context)
    if (problems.length > 0) return no(withReasons('nothing was changed', problems))
    return moving.length + done.length > 0
      ? { that: true, message: '-' }
      : no(`there is no whole copy of anything at ${to}`)
  }

  return [
    play({ name: `Is ${from} gone?`, hosts: to, become: true, tasks: [clock.start, proof.task] }),
    play({
      name: `What has arrived at ${to}`,
      hosts: `${from}:${to}:&mons`,
      become: true,
      anyErrorsFatal: true,
      tasks: [
        look.task,
        block({ when: onAdminOf(to), tasks: [record.read, task('See whether it may be done', assert(gate))] }),
        block({
          when: (context) => onAdminOf(to)(context) && leftOut(context).length > 0,
          tasks: [tell('What is left out', (context) => leftOut(context).join())],
        }),
        block({ when: dueHere, tasks: [record.begin, clock.decided] }),
      ],
    }),
    ...hookPlays({ hooks, what: 'stopGuests', site: from, images: names, when: due, tolerant: true }),
    play({
      name: `Nothing more is written at ${from}, where it answers`,
      hosts: `${from}:&mons`,
      become: true,
      tasks: [
        block({
          when: (context) => onAdminOf(from)(context) && answers(context) && due(context),
          tasks: [fenced],
        }),
      ],
    }),
    play({
      name: `Nothing replays at ${to} while roles change`,
      hosts: `${to}:&rbdmirrors`,
      become: true,
      tasks: [
        task('Stop the mirror daemons', mirrorDaemons({ state: 'stopped', grace }), {
          when: due,
          ignoreUnreachable: true,
        }),
      ],
    }),
    play({
      name: `${to} becomes primary`,
      hosts: `${to}:&mons`,
      become: true,
      tasks: [
        block({
          when: (context) => onAdminOf(to)(context) && unproven(context),
          tasks: [
            ...(rescue ? [keepWhole] : []),
            promoted,
            clock.promoted,
            proven,
            clock.proven,
            block({ when: due, tasks: [tell('Time to service', timeToService)] }),
            record.end,
          ],
        }),
      ],
    }),
    ...hookPlays({ hooks, what: 'startGuests', site: to, images: all, when: serves }),
    restartPlay({ pool, namespace, to, images: all }),
  ]
}

/**
 * Daemons come back when all images are promoted, those that an earlier run has promoted among them, or none: while one is
 * not, they would keep it from being so.
 */
function restartPlay({
  pool,
  namespace,
  to,
  images,
}: Pick<ForcedOptions, 'pool' | 'namespace' | 'to'> & { readonly images: ImagesOf }): Play {
  const now = task(
    'See what is promoted',
    siteImages((context) => ({ pool, namespace, images: images(context) })),
    { delegateTo: (context) => adminOf(context, to).name },
  )
  const partly = (context: TaskContext) => {
    const primary = context.output(now).images.filter((image) => image.primary).length
    return primary > 0 && primary < context.output(now).images.length
  }
  return play({
    name: `The mirror daemons of ${to} run again`,
    hosts: `${to}:&rbdmirrors`,
    become: true,
    tasks: [
      now,
      task(
        'See that all images are promoted',
        assert((context) => ({
          that: !partly(context),
          message: `some images are not promoted yet, and the mirror daemons of ${to} stay stopped: run it again`,
        })),
      ),
      task('Start the mirror daemons', mirrorDaemons({ state: 'started' })),
    ],
  })
}

/**
 * What is to be kept of a copy whose newest mirror snapshot has arrived only in part. The snapshot is in its name, since
 * the image goes on with its id, and this may happen to it again.
 */
export function rescuedCopy(
  { name, id, snapshots = [] }: SiteImage,
  site: { readonly now: number; readonly others: readonly string[] },
) {
  const state = `${id}-${snapshots.at(-1)?.id ?? 0}`
  return { name, id, copy: copyName({ name, id: state }, 'rescued', site) }
}

function count(images: number): string {
  return `${images} image${images === 1 ? '' : 's'}`
}

function no(message: string) {
  return { that: false, message }
}
