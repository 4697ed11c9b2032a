import { z } from 'zod'
import { change } from '../../core/change.ts'
import { defineModule } from '../../core/module.ts'
import { batch, imagesOf } from './batch.ts'
import { imageName, imageSpec, namespaceName, poolName, poolSpec, snapshotName } from './names.ts'
import { noSiteImages, readSiteImages, type SiteImages } from './site-images.ts'

/** All that a drill makes begins with this, and what begins with it is a drill's. */
export const drillPrefix = 'drill-'

const many = {
  pool: poolName,
  namespace: namespaceName,
  deadline: z.int().positive().default(120).describe('seconds for each image'),
  parallel: z.int().positive().max(256).default(16).describe('images at the same time'),
}
const ofDrill = snapshotName.regex(/^drill-/, `it must begin with ${drillPrefix}`)

/** The snapshots of a drill, on primaries: the points that are tried at the other site. */
export const drillSnapshots = defineModule({
  name: 'rbd.drillSnapshots',
  description: `The snapshots of a drill on many primaries. Absent takes away every snapshot that begins with ${drillPrefix}.`,
  args: z.strictObject({
    ...many,
    images: z.array(imageName),
    snapshot: ofDrill.optional().describe('name of the snapshot; needed when it is to be present'),
    state: z.enum(['present', 'absent']).default('present'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace, images }, look): Promise<SiteImages> =>
    readSiteImages(look, { pool, namespace, images, detail: true }),

  *plan(args, { images }) {
    const { state, snapshot = drillPrefix } = args
    const isDue = ({ userSnapshots = [] }: SiteImages['images'][number]) =>
      state === 'present'
        ? !userSnapshots.includes(snapshot)
        : userSnapshots.some((name) => name.startsWith(drillPrefix))
    const due = images.filter((image) => image.primary && isDue(image)).map(({ name }) => name)
    const [first] = due
    if (first === undefined) return
    const verb = state === 'present' ? 'create' : 'rm'
    yield change(
      `${state === 'present' ? `snapshot ${snapshot}` : 'take away the snapshots of drills'} of ${imagesOf(args, due)}`,
      batch({
        ...args,
        op: state === 'present' ? 'snap' : 'unsnap',
        images: due.map((name) => ({ name, snapshot: state === 'present' ? snapshot : drillPrefix })),
        display: `rbd snap ${verb} ${imageSpec({ ...args, image: first })}@${snapshot}${due.length > 1 ? ' …' : ''}`,
      }),
    )
  },

  output: (_, have) => have,
})

/** The clones of a drill, on secondaries: they are written as any image, and their parents go on being replayed. */
export const drillClones = defineModule({
  name: 'rbd.drillClones',
  description: `The clones of a drill, not mirrored. Absent takes away every image that begins with ${drillPrefix}.`,
  args: z.strictObject({
    ...many,
    clones: z.array(z.strictObject({ name: imageName, snapshot: ofDrill, clone: ofDrill })).default([]),
    state: z.enum(['present', 'absent']).default('present'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace }, look): Promise<SiteImages> => readSiteImages(look, { pool, namespace, detail: false }),

  *plan(args, { others }) {
    if (args.state === 'absent') {
      const due = others.filter((name) => name.startsWith(drillPrefix))
      if (due.length === 0) return
      yield change(
        `remove ${imagesOf(args, due)}`,
        batch({
          ...args,
          op: 'remove',
          images: due,
          display: `rbd rm ${poolSpec(args)}/${due[0]}${due.length > 1 ? ' …' : ''}`,
        }),
      )
      return
    }
    const due = args.clones.filter(({ clone }) => !others.includes(clone))
    const [first] = due
    if (!first) return
    const spec = (image: string) => imageSpec({ ...args, image })
    yield change(
      `clone ${imagesOf(
        args,
        due.map(({ name }) => name),
      )}`,
      batch({
        ...args,
        op: 'clone',
        images: due,
        display: `rbd clone --rbd-default-clone-format 2 ${spec(first.name)}@${first.snapshot} ${spec(first.clone)}${due.length > 1 ? ' …' : ''}`,
      }),
    )
  },

  output: (_, have) => have,
})
