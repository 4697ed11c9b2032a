import type { TaskItem } from '../core/block.ts'
import { type TaskContext, task, type Until } from '../core/task.ts'
import { imageRole, isCutOff } from '../modules/rbd/image-role.ts'
import { type MirroredImagesOutput, mirroredImages } from '../modules/rbd/looks.ts'
import type { MirroredImage } from '../modules/rbd/mirrored.ts'
import { resync } from '../modules/rbd/resync.ts'
import { demotionArrived, hasCaughtUp } from '../modules/rbd/status.ts'
import { changeRecord, type RecordOptions } from './change-record.ts'
import { onAdmin } from './mirror-site.ts'

/** Makes images of a site primary. For plays on `mons`; done once a site, with a record of it. */
export function promoteImages({ force, ...options }: RecordOptions & { readonly force: boolean }): TaskItem[] {
  const { pool, image } = options
  const promotion = { pool, image, role: 'primary', force } as const
  const record = changeRecord({
    ...options,
    kind: force ? 'forced promotion' : 'promotion',
    changes: (image) => !image.info.mirroring.primary || isCutOff(image),
    result: (image) => (image?.info.mirroring.primary ? 'primary' : 'not promoted'),
  })
  return [
    task('See that it may be promoted', imageRole({ ...promotion, refuseOnly: true }), { when: onAdmin }),
    record.before,
    record.begin,
    task('Promote the images', imageRole(promotion), { when: onAdmin }),
    record.end,
  ]
}

/**
 * Makes images of a site copies, once the other site follows them, and waits until both sites know it: only then can they
 * be promoted elsewhere. With a record of it.
 */
export function demoteImages({
  ignoreClients,
  ...options
}: RecordOptions & { readonly ignoreClients: boolean }): TaskItem[] {
  const { pool, image } = options
  const { before, ...record } = changeRecord({
    ...options,
    kind: 'demotion',
    changes: ({ info }) => info.mirroring.primary,
    result: (image) => {
      if (!image) return 'not mirrored any more'
      return image.info.mirroring.primary ? 'still primary' : 'demoted'
    },
  })
  return [
    task(
      'See that nobody would fail to write',
      imageRole({ pool, image, role: 'secondary', ignoreClients, refuseOnly: true }),
      { when: onAdmin },
    ),
    before,
    task(
      'Wait until the other site has all that was written',
      mirroredImages((context) => ({ pool, image, followedSince: context.output(before).now })),
      {
        when: (context) => onAdmin(context) && context.output(before).images.some(({ info }) => info.mirroring.primary),
        until: {
          condition: 'the other site says that it has all that was written here',
          met: ({ notFollowed }) => notFollowed.length === 0,
          delay: 3,
          deadline: 180,
          describe: (seen) =>
            `not yet of ${seen?.notFollowed.slice(0, 3).join(', ') || 'any image'}; its mirror daemon has to run and to reach this site (dr status tells)`,
        },
      },
    ),
    record.begin,
    task('Demote the images', imageRole({ pool, image, role: 'secondary', ignoreClients }), { when: onAdmin }),
    task('Wait until the other site knows', mirroredImages({ pool, image }), {
      when: onAdmin,
      until: untilAll('the other site knows that nothing is primary here', demotionSettled),
    }),
    record.end,
  ]
}

/** Copies anew what has diverged, and waits until the new copies have all of their primaries. With a record of it. */
export function resyncImages({ force, ...options }: RecordOptions & { readonly force: boolean }): TaskItem[] {
  const { pool, image } = options
  const { before, ...record } = changeRecord({
    ...options,
    kind: 'resync',
    changes: (image) => isThrownAway(image, force),
    result: (image, id) => {
      if (!image) return 'no copy yet'
      return image.info.id === id ? 'not copied anew' : 'copied anew'
    },
  })
  const copyAnew = task('Copy anew what has diverged', resync({ pool, image, force }), { when: onAdmin })
  const replacedIn = (context: TaskContext) =>
    context.changed(copyAnew) ? idsOf(context.output(before).images.filter((found) => isThrownAway(found, force))) : {}
  return [
    task('See that it may be done', resync({ pool, image, force, refuseOnly: true }), { when: onAdmin }),
    before,
    record.begin,
    copyAnew,
    task(
      'Wait until the new copies have caught up',
      mirroredImages((context) => ({ pool, image, replaced: replacedIn(context) })),
      { when: onAdmin, until: { ...untilAll('every new copy has caught up', hasCopied), deadline: 3600 } },
    ),
    record.end,
  ]
}

function isThrownAway({ info, status }: Image, force: boolean): boolean {
  return !info.mirroring.primary && (force || (status?.splitBrain ?? false))
}

function idsOf(images: readonly Image[]): Record<string, string> {
  return Object.fromEntries(images.map(({ info }) => [info.name, info.id]))
}

type Image = MirroredImage

function hasCopied({ info, status }: Image): boolean {
  return info.mirroring.primary || (status !== undefined && !status.saysPrimary && hasCaughtUp(status))
}

/**
 * One that follows already was demoted before, and another site has taken over. A site that only sends hears nothing of
 * the other: there is nothing to wait for.
 */
function demotionSettled({ info, status }: Image): boolean {
  if (info.mirroring.primary || status === undefined) return false
  if (status.lastUpdate === undefined && status.peers.length === 0) return true
  return demotionArrived(status) || (status.up && status.state === 'replaying')
}

function untilAll(condition: string, settled: (image: Image) => boolean): Until<MirroredImagesOutput> {
  return {
    condition,
    met: ({ images, notReplaced }) => notReplaced.length === 0 && images.every(settled),
    delay: 3,
    deadline: 180,
    describe: (seen) => (seen ? describeRest(seen, settled) : 'no status of the pool'),
  }
}

function describeRest({ images, notReplaced }: MirroredImagesOutput, settled: (image: Image) => boolean): string {
  const states = images
    .filter((image) => !settled(image))
    .map(
      ({ info, status }) =>
        `${info.name} ${status ? `${status.up ? 'up' : 'down'}+${status.state}` : 'without status'}`,
    )
  const left = [...notReplaced.map((name) => `${name} not copied yet`), ...states]
  return `${left.length} left: ${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}`
}
