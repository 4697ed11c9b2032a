import { z } from 'zod'
import { change } from '../../core/change.ts'
import { defineModule } from '../../core/module.ts'
import { batch, imagesOf } from './batch.ts'
import { imageName, imageSpec, namespaceName, poolName, poolSpec, snapshotName } from './names.ts'
import { noSiteImages, readSiteImages, type SiteImages } from './site-images.ts'

const prefix = 'drill-'

/** What a drill names so is a drill's, and is removed by the next; `drill-press` is an image like any other. */
const stamped = /^drill-\d{8}T\d{6}Z$/
const stampedClone = /^drill-\d{8}T\d{6}Z\../

/** The name of the snapshots of a drill that begins now, in seconds since 1970: `drill-20261122T103500Z`. */
export function drillSnapshotName(now: number): string {
  return `${prefix}${new Date(now * 1000).toISOString().replace(/[-:]/g, '').replace(/\..*$/, 'Z')}`
}

/** The name of a clone of a drill. */
export function drillCloneName(snapshot: string, image: string): string {
  return `${snapshot}.${image}`
}

/** Whether an image has the name of a drill's clone. */
export function isDrillClone(name: string): boolean {
  return stampedClone.test(name)
}

const many = {
  pool: poolName,
  namespace: namespaceName,
  deadline: z.int().positive().default(120).describe('seconds for each image'),
  parallel: z.int().positive().max(256).default(16).describe('images at the same time'),
}
const ofDrill = snapshotName.regex(stamped, 'it must be like drill-20261122T103500Z')
const cloneOfDrill = imageName.regex(stampedClone, 'it must be like drill-20261122T103500Z.IMAGE')

/** The snapshots of a drill, on primaries: the points that are tried at the other site. */
export const drillSnapshots = defineModule({
  name: 'rbd.drillSnapshots',
  description: 'The snapshots of a drill on many primaries. Absent takes away every snapshot that a drill named.',
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
    const { state, snapshot } = args
    const wanted = ({ userSnapshots = [] }: SiteImages['images'][number]) => {
      if (state === 'absent') return userSnapshots.filter((name) => stamped.test(name))
      return snapshot === undefined || userSnapshots.includes(snapshot) ? [] : [snapshot]
    }
    const due = images
      .filter(({ primary }) => primary)
      .flatMap((image) => wanted(image).map((of) => ({ name: image.name, snapshot: of })))
    const [first] = due
    if (first === undefined) return
    const names = [...new Set(due.map(({ name }) => name))]
    const verb = state === 'present' ? 'create' : 'rm'
    yield change(
      `${state === 'present' ? `snapshot ${snapshot}` : 'take away the snapshots of drills'} of ${imagesOf(args, names)}`,
      batch({
        ...args,
        op: state === 'present' ? 'snap' : 'unsnap',
        images: due,
        display: `rbd snap ${verb} ${imageSpec({ ...args, image: first.name })}@${first.snapshot}${due.length > 1 ? ' …' : ''}`,
      }),
    )
  },

  output: (_, have) => have,
})

/** The clones of a drill, on secondaries: they are written as any image, and their parents go on being replayed. */
export const drillClones = defineModule({
  name: 'rbd.drillClones',
  description: 'The clones of a drill, not mirrored. Absent takes away every image that a drill named.',
  args: z.strictObject({
    ...many,
    clones: z.array(z.strictObject({ name: imageName, snapshot: ofDrill, clone: cloneOfDrill })).default([]),
    state: z.enum(['present', 'absent']).default('present'),
  }),
  absent: noSiteImages,
  read: ({ pool, namespace }, look): Promise<SiteImages> => readSiteImages(look, { pool, namespace, detail: false }),

  *plan(args, { others }) {
    if (args.state === 'absent') {
      const due = others.filter(isDrillClone)
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
