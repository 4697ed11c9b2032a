import { z } from 'zod'
import { change } from '../../core/change.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { batch, imagesOf, listed } from './batch.ts'
import { imageName, imageSpec, namespaceName, poolName, poolSpec } from './names.ts'
import {
  daemonClients,
  isHalfSynced,
  isPiece,
  noSiteImages,
  openImages,
  readSiteImages,
  type SiteImage,
  type SiteImages,
} from './site-images.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  images: z.array(imageName).describe('which ones'),
  role: z.enum(['primary', 'secondary']),
  force: z
    .boolean()
    .default(false)
    .describe('become primary without a demotion at the other site; without it, the demotion is waited for'),
  acceptOlder: z
    .boolean()
    .default(false)
    .describe('with force: promote although the newest mirror snapshot has arrived only in part'),
  ignoreClients: z.boolean().default(false).describe('demote although a client has an image open'),
  clientsLeave: z
    .boolean()
    .default(false)
    .describe('clients are stopped by what comes before: they are looked for when it is done, not when it is planned'),
  deadline: z.int().positive().default(120).describe('seconds for each image'),
  parallel: z.int().positive().max(256).default(16).describe('images at the same time'),
})

type Args = z.output<typeof args>

/** Where many images are written: promoted or demoted side by side in one command that reports on each. */
export const siteRole = defineModule({
  name: 'rbd.siteRole',
  description:
    'Promotes or demotes many images of a pool side by side, with a deadline for each; those that have the role already are left alone.',
  args,
  absent: noSiteImages,
  read: ({ pool, namespace, images }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images, detail: true }),

  *plan(args, have) {
    const wanted = args.role === 'primary'
    const moving = have.images.filter(
      ({ name, primary, cutOff }) => args.images.includes(name) && (primary !== wanted || cutOff),
    )
    if (moving.length === 0) return
    const names = moving.map(({ name }) => name)
    if (wanted) {
      if (args.force && !args.acceptOlder) refuseHalfSynced(args, moving.filter(isPartly(have)))
      yield promotion(args, names, daemonClients(have))
    } else {
      if (!args.ignoreClients && !args.clientsLeave) refuseOpen(args, openImages({ ...have, images: moving }))
      yield demotion(args, names, daemonClients(have))
    }
  },

  output: (_, have) => have,
})

function promotion(args: Args, names: readonly string[], daemons: readonly string[]) {
  const { pool, namespace, force, deadline } = args
  const first = imageSpec({ ...args, image: names[0] ?? '' })
  return change(
    `promote ${imagesOf(args, names)}`,
    batch({
      op: 'promote',
      pool,
      namespace,
      images: names,
      deadline,
      // One that waits for its demotion costs nothing, and must not keep the others waiting.
      parallel: force ? args.parallel : Math.max(args.parallel, 64),
      // Mirror daemons must be stopped by now; what they still hold is taken from them.
      options: { force, daemons: force ? daemons : [] },
      display: `rbd mirror image promote ${force ? '--force ' : ''}${first}${names.length > 1 ? ' …' : ''}`,
    }),
    { from: 'secondary', to: 'primary' },
    {
      hint: force
        ? 'run it again: what is promoted stays so, and the others are tried again'
        : 'nothing is lost: run it again when the other site answers; what is promoted stays so',
    },
  )
}

function demotion(args: Args, names: readonly string[], daemons: readonly string[]) {
  const { pool, namespace, deadline, parallel, ignoreClients } = args
  const first = imageSpec({ ...args, image: names[0] ?? '' })
  return change(
    `demote ${imagesOf(args, names)}`,
    batch({
      op: 'demote',
      pool,
      namespace,
      images: names,
      deadline,
      parallel,
      options: { daemons, ignoreClients },
      display: `rbd mirror image demote ${first}${names.length > 1 ? ' …' : ''}`,
    }),
    { from: 'primary', to: 'secondary' },
    { hint: 'nothing is lost: stop what still uses these images, and run it again; it goes on from here' },
  )
}

function isPartly({ status }: SiteImages) {
  const statuses = new Map(status.images.map((image) => [image.globalId, image]))
  return (image: SiteImage) => isHalfSynced(image) || isPiece(image, statuses.get(image.globalId))
}

function refuseHalfSynced(args: Args, half: readonly { readonly name: string }[]): void {
  if (half.length === 0) return
  throw new TaskFailed({
    summary: `not promoted: of ${half.length} image${half.length === 1 ? '' : 's'} of ${poolSpec(args)} the newest mirror snapshot, or the first copy, has arrived only in part (${listed(half.map(({ name }) => name))}); promoting would fall back further than to the snapshot before it`,
    hint: 'if the other site may come back, wait for the rest; else keep the last whole state as a copy first with -e rescue=true, or do without it with -e accept_older=true',
  })
}

function refuseOpen(args: Args, open: ReturnType<typeof openImages>): void {
  if (open.size === 0) return
  const items = [...open].map(([image, addresses]) => `${image} by ${addresses.join(' and ')}`)
  throw new TaskFailed({
    summary: `not demoted, since clients have images of ${poolSpec(args)} open: ${listed(items)}`,
    hint: 'stop these clients first, or their writes fail; one that died is forgotten after 30 s',
  })
}
