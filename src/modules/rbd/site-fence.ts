import { z } from 'zod'
import { change } from '../../core/change.ts'
import { defineModule } from '../../core/module.ts'
import { batch, imagesOf } from './batch.ts'
import { imageName, imageSpec, namespaceName, poolName } from './names.ts'
import { daemonClients, noSiteImages, openImages, readSiteImages, type SiteImages } from './site-images.ts'

/** Clients that must not write any more, where their cluster can still be told so. */
export const siteFence = defineModule({
  name: 'rbd.siteFence',
  description:
    'Shuts out every client that has one of these images open, for an hour (ceph osd blocklist add); mirror daemons are left alone.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    images: z.array(imageName).describe('which ones'),
    deadline: z.int().positive().default(60).describe('seconds for each image'),
    parallel: z.int().positive().max(256).default(16).describe('images at the same time'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace, images }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images, detail: true }),

  *plan(args, have) {
    const open = openImages({ ...have, images: have.images.filter(({ name }) => args.images.includes(name)) })
    const names = [...open.keys()]
    if (names.length === 0) return
    yield change(
      `shut out the clients of ${imagesOf(args, names)}: ${[...new Set([...open.values()].flat())].join(', ')}`,
      batch({
        ...args,
        op: 'fence',
        images: names,
        options: { daemons: daemonClients(have) },
        display: `ceph osd blocklist add CLIENT, for those of ${imageSpec({ ...args, image: names[0] ?? '' })}${names.length > 1 ? ' …' : ''}`,
      }),
      undefined,
      { hint: 'let them in again, when they are meant to write: ceph osd blocklist rm CLIENT' },
    )
  },
})
