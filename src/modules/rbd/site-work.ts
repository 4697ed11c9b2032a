import { z } from 'zod'
import { change } from '../../core/change.ts'
import { defineModule } from '../../core/module.ts'
import { batch, imagesOf } from './batch.ts'
import { imageName, imageSpec, namespaceName, poolName, poolSpec } from './names.ts'
import { daemonClients, noSiteImages, readSiteImages, type SiteImages } from './site-images.ts'

const many = {
  pool: poolName,
  namespace: namespaceName,
  deadline: z.int().positive().default(120).describe('seconds for each image'),
  parallel: z.int().positive().max(256).default(16).describe('images at the same time'),
}
const images = z.array(imageName).describe('which ones')

/** A mirror snapshot of many images at once: what was written until now is sent to the other site. */
export const siteSnapshots = defineModule({
  name: 'rbd.siteSnapshots',
  description: 'Takes a mirror snapshot of every image named that is mirrored by snapshots and primary here.',
  args: z.strictObject({ ...many, images }),
  absent: noSiteImages,
  read: ({ pool, namespace, images }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images, detail: true }),

  *plan(args, { images }) {
    const names = images
      .filter(({ name, mode, primary }) => primary && mode === 'snapshot' && args.images.includes(name))
      .map(({ name }) => name)
    if (names.length === 0) return
    yield change(
      `mirror snapshot of ${imagesOf(args, names)}`,
      batch({ ...args, op: 'snapshot', images: names, display: `rbd mirror image snapshot ${example(args, names)}` }),
    )
  },

  output: (_, have) => have,
})

/** Proof that images can be written here: their first sector is written with what is in it, and read back. */
export const siteProof = defineModule({
  name: 'rbd.siteProof',
  description:
    'Proves by a write that primaries can be written: the first 512 bytes, with what they hold. One that a client has open already is left to it.',
  args: z.strictObject({
    ...many,
    images,
    plain: z.boolean().default(false).describe('images that are not mirrored, such as clones'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace, images, plain }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images: plain ? [] : images, detail: false }),

  *plan(args, have) {
    if (args.images.length === 0) return
    yield change(
      `write to ${imagesOf(args, args.images)}, and read it back`,
      batch({
        ...args,
        op: 'prove',
        options: { daemons: daemonClients(have), ...(args.plain ? { plain: true } : {}) },
        display: `write what is there to ${example(args, args.images)}`,
      }),
      undefined,
      { counts: false, hint: `see who holds the lock: rbd status and rbd lock ls ${example(args, args.images)}` },
    )
  },
})

/** An image that is to be thrown away, by the id that it had when that was decided. */
const doomed = z.strictObject({ name: imageName, id: z.string().min(1) })

/** Copies many images anew from their primary; what is not the copy that was meant any more is left alone. */
export const siteResync = defineModule({
  name: 'rbd.siteResync',
  description:
    'Copies images anew from their primary at the other site. The copy here is deleted first; only while it still has the id that is given.',
  args: z.strictObject({
    ...many,
    deadline: z
      .int()
      .positive()
      .default(300)
      .describe('seconds for each image: its daemon may be slow to let go of it'),
    images: z.array(doomed).describe('name and id of each'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace, images }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images: images.map(({ name }) => name), detail: false }),

  *plan(args, have) {
    const ids = new Map(have.images.map(({ name, id }) => [name, id]))
    const due = args.images.filter(({ name, id }) => ids.get(name) === id)
    if (due.length === 0) return
    const names = due.map(({ name }) => name)
    yield change(
      `copy ${imagesOf(args, names)} anew`,
      batch({ ...args, op: 'resync', images: due, display: `rbd mirror image resync ${example(args, names)}` }),
      { from: 'a copy that diverged', to: 'a new copy' },
    )
  },

  output: (_, have) => have,
})

/** Keeps images under another name, not mirrored, before they are thrown away. */
export const siteCopies = defineModule({
  name: 'rbd.siteCopies',
  description: 'Copies images under another name in the same pool, not mirrored; a copy that is there is left alone.',
  args: z.strictObject({
    ...many,
    deadline: z.int().positive().default(14_400).describe('seconds for each image'),
    parallel: z.int().positive().max(256).default(4).describe('images at the same time'),
    images: z.array(doomed.extend({ copy: imageName.describe('name of the copy') })),
    state: z
      .enum(['present', 'last-whole'])
      .default('present')
      .describe('last-whole: as it was before the mirror snapshot that has arrived only in part'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace, images }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images: images.map(({ name }) => name), detail: false }),

  *plan(args, { others }) {
    const due = args.images.filter(({ copy }) => !others.includes(copy))
    const [first] = due
    if (!first) return
    const names = due.map(({ name }) => name)
    yield change(
      `keep ${imagesOf(args, names)} as ${first.copy}${due.length > 1 ? ' and so on' : ''}`,
      batch({
        ...args,
        op: args.state === 'present' ? 'keep' : 'rescue',
        images: due,
        display: `rbd cp ${example(args, names)} ${poolSpec(args)}/${first.copy}`,
      }),
      undefined,
      {
        hint: `is there room? ceph df; or go without copies: -e ${args.state === 'present' ? 'keep=false' : 'accept_older=true'}`,
      },
    )
  },
})

/** What a person would type for the first of many. */
function example(spec: { readonly pool: string; readonly namespace?: string | undefined }, names: readonly string[]) {
  return `${imageSpec({ ...spec, image: names[0] ?? '' })}${names.length > 1 ? ' …' : ''}`
}
