import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { refuseCopy } from './copy-guard.ts'
import { type ImageInfo, readImage } from './info.ts'
import { imageName, imageSpec, namespaceName, poolName, snapshotName, within } from './names.ts'
import { readRelease } from './release.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName.describe('name of the clone'),
  parent: z
    .strictObject({ pool: poolName, namespace: namespaceName, image: imageName, snapshot: snapshotName })
    .describe('the snapshot that it is a clone of'),
  format: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('2 (Mimic and later) lets the snapshot be removed; 1 needs a protected one. Before Mimic always 1'),
  flattened: z
    .boolean()
    .default(false)
    .describe('copy all data of the parent into it, so that it depends on it no longer; may take long'),
  dataPool: poolName.optional().describe('pool for the data of a new clone'),
})

type Args = z.output<typeof args>

const mimic = 13

/**
 * An image that begins as a snapshot of another. A mirrored clone needs a mirrored parent, and that the parent’s pool is
 * linked as well; a flattened one needs neither.
 */
export const clone = defineModule({
  name: 'rbd.clone',
  description: 'An image that is a clone of a snapshot, or that was one and has been made independent of it.',
  args,
  absent: { info: undefined as ImageInfo | undefined, release: mimic },

  async read(args, look) {
    const [info, release] = await Promise.all([readImage(look, args), readRelease(look)])
    return { info, release }
  },

  *plan(args, { info, release }): Iterable<Change> {
    const spec = imageSpec(args)
    if (!info) yield create(args, release)
    else refuseOther(args, info)
    if (!args.flattened || (info && info.parent === undefined)) return
    if (info) refuseCopy(spec, info, 'flattened')
    yield change(`flatten ${spec}`, within(24 * 3600, cmd`rbd flatten --no-progress ${spec}`), {
      from: parentOf(args),
      to: undefined,
    })
  },

  output: (_, { info }) => info,
})

function create(args: Args, release: number): Change {
  const format = release < mimic ? [] : ['--rbd-default-clone-format', args.format]
  const dataPool = args.dataPool === undefined ? [] : ['--data-pool', args.dataPool]
  return change(
    `clone ${parentOf(args)} as ${imageSpec(args)}`,
    within(120, cmd`rbd clone ${format} ${dataPool} ${parentOf(args)} ${imageSpec(args)}`),
    undefined,
    { hint: 'see that the snapshot is there; format 1 needs it protected (rbd.snapshot, protected: true)' },
  )
}

function parentOf({ parent }: Args): string {
  return `${imageSpec(parent)}@${parent.snapshot}`
}

/** A snapshot that was removed or renamed leaves another name behind: its image must be the same. */
function refuseOther(args: Args, { parent }: ImageInfo): void {
  const wanted = imageSpec(args.parent)
  if (parent === undefined ? args.flattened : parent.startsWith(`${wanted}@`)) return
  throw new TaskFailed({
    summary: `image ${imageSpec(args)} is there already and ${parent === undefined ? 'no clone' : `a clone of ${parent}`}, not one of ${parentOf(args)}`,
    hint: 'choose another name, delete that image first, or say flattened: true for one that is to depend on nothing',
  })
}
