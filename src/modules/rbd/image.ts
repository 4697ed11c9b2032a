import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'
import { refuseCopy } from './copy-guard.ts'
import { contradicts, feature, missingForGood, planFeatures, withNeeds } from './features.ts'
import { type ImageInfo, readImage } from './info.ts'
import { ENOENT, imageName, imageSpec, looking, namespaceName, poolName, within } from './names.ts'
import { showSize, size } from './size.ts'

const args = z
  .strictObject({
    pool: poolName,
    namespace: namespaceName,
    image: imageName,
    state: z.enum(['present', 'absent']).default('present'),
    size: size.optional().describe('bytes, or like 10G; needed for a new image'),
    features: z
      .array(feature)
      .optional()
      .describe('features that it must have; what they need comes with them. Default for a new image: the cluster’s'),
    without: z.array(feature).default([]).describe('features that it must not have'),
    formerly: imageName
      .optional()
      .describe('an older name: an image of that name is renamed when there is none of the new one'),
    dataPool: poolName.optional().describe('pool for the data, erasure-coded for example; for a new image only'),
    objectSize: size.optional().describe('size of the objects it is striped over; for a new image only'),
    shrink: z
      .boolean()
      .default(false)
      .describe('allow it to become smaller, which throws away what is beyond the new end'),
  })
  .refine(({ features = [], without }) => !contradicts(features, without), '"features" need what "without" forbids')

type Args = z.output<typeof args>

interface Have {
  readonly image: ImageInfo | undefined
  /** The image of the older name. */
  readonly former: ImageInfo | undefined
  /** Snapshots that people made, of an image that is to be deleted; those of mirroring go with it. */
  readonly snapshots: readonly string[]
}

/** An image: created, grown, given features; never shrunk, emptied or recreated unless told to. */
export const image = defineModule({
  name: 'rbd.image',
  description: 'An RBD image: its name, size, features and data pool; or that there is none.',
  args,
  absent: { image: undefined, former: undefined, snapshots: [] } as Have,

  async read(args, look): Promise<Have> {
    const [image, former] = await Promise.all([
      readImage(look, args),
      args.formerly === undefined ? undefined : readImage(look, { ...args, image: args.formerly }),
    ])
    const doomed = args.state === 'absent' && image !== undefined && image.snapshots > 0
    return { image, former, snapshots: doomed ? await readSnapshots(look, args) : [] }
  },

  *plan(args, { image, former, snapshots }) {
    if (args.state === 'absent') {
      if (image) yield removeImage(args, image, snapshots)
    } else if (image) yield* amendImage(args, image)
    else if (former) {
      yield renameImage(args, former)
      yield* amendImage(args, former)
    } else yield createImage(args)
  },

  output: (_, { image }) => image,
})

const snapshotList = z.array(z.object({ name: z.string() }))

async function readSnapshots(look: Look, spec: Args): Promise<string[]> {
  const command = looking(cmd`rbd snap ls --format json ${imageSpec(spec)}`)
  const found = (await look.json(command, snapshotList, { absent: [ENOENT] })) ?? []
  return found.map(({ name }) => name)
}

function renameImage(args: Args, former: ImageInfo): Change {
  const old = imageSpec({ ...args, image: former.name })
  refuseCopy(old, former, 'renamed')
  return change(`rename ${old}`, within(60, cmd`rbd rename ${old} ${imageSpec(args)}`), {
    from: former.name,
    to: args.image,
  })
}

function createImage(args: Args): Change {
  const spec = imageSpec(args)
  if (args.size === undefined) throw new TaskFailed({ summary: `image ${spec} does not exist, and no size is given` })
  const features = withNeeds(args.features ?? []).flatMap((name) => ['--image-feature', name])
  const dataPool = args.dataPool === undefined ? [] : ['--data-pool', args.dataPool]
  const objectSize = args.objectSize === undefined ? [] : ['--object-size', `${args.objectSize}B`]
  return change(
    `create ${spec} of ${showSize(args.size)}`,
    within(120, cmd`rbd create --size ${args.size}B ${features} ${dataPool} ${objectSize} ${spec}`),
  )
}

function* amendImage(args: Args, have: ImageInfo): Iterable<Change> {
  const spec = imageSpec(args)
  refuseWhatCannotChange(args, have)
  const changes = [
    ...resize(args, have),
    ...planFeatures(spec, have.features, { on: args.features ?? [], off: args.without }),
  ]
  if (changes.length > 0) refuseCopy(spec, have, 'changed')
  yield* changes
}

function* resize(args: Args, have: ImageInfo): Iterable<Change> {
  const spec = imageSpec(args)
  if (args.size === undefined || args.size === have.size) return
  const difference = { from: showSize(have.size), to: showSize(args.size) }
  const shrinks = args.size < have.size
  if (shrinks && !args.shrink)
    throw new TaskFailed({
      summary: `image ${spec} has ${difference.from} and would shrink to ${difference.to}, losing what is beyond`,
      hint: 'allow it with shrink: true',
    })
  const allow = shrinks ? ['--allow-shrink'] : []
  yield change(
    `resize ${spec}`,
    within(600, cmd`rbd resize --no-progress --size ${args.size}B ${allow} ${spec}`),
    difference,
  )
}

function refuseWhatCannotChange(args: Args, have: ImageInfo): void {
  const spec = imageSpec(args)
  const missing = missingForGood(have.features, args.features ?? [])
  if (missing.length > 0)
    throw new TaskFailed({
      summary: `image ${spec} lacks ${missing.join(', ')}, which only a new image can be given`,
      hint: 'leave the feature out, or copy the image into a new one that has it (rbd deep cp)',
    })
  if (args.dataPool !== undefined && have.dataPool !== args.dataPool)
    throw new TaskFailed({
      summary: `image ${spec} keeps its data in ${have.dataPool ?? 'its own pool'}, not in ${args.dataPool}, and that cannot be changed`,
      hint: `move it by rbd migration, or leave out dataPool`,
    })
  if (args.objectSize !== undefined && have.objectSize !== args.objectSize)
    throw new TaskFailed({
      summary: `image ${spec} has objects of ${showSize(have.objectSize)}, not ${showSize(args.objectSize)}, and that cannot be changed`,
      hint: 'leave out objectSize',
    })
}

function removeImage(args: Args, have: ImageInfo, snapshots: readonly string[]): Change {
  const spec = imageSpec(args)
  refuseCopy(spec, have, 'deleted')
  if (snapshots.length > 0)
    throw new TaskFailed({
      summary: `image ${spec} has ${snapshots.length} snapshot${snapshots.length > 1 ? 's' : ''} and is not deleted`,
      hint: `look at them (rbd snap ls ${spec}), and remove them with rbd snap purge ${spec}`,
    })
  return change(`delete ${spec}`, within(3600, cmd`rbd rm --no-progress ${spec}`), undefined, {
    hint: `see who has it open: rbd status ${spec}`,
  })
}
