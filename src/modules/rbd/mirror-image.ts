import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { planFeatures } from './features.ts'
import { type ImageInfo, readImage } from './info.ts'
import { imageName, imageSpec, namespaceName, poolName, poolSpec, within } from './names.ts'
import { notMirrored, type PoolMirroring, readMirroring } from './peers.ts'
import { octopus, readRelease } from './release.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName,
  mode: z
    .enum(['journal', 'snapshot', 'disabled'])
    .default('journal')
    .describe('journal, snapshot (Octopus and later, in pools with image mode), or disabled'),
})

type Args = z.output<typeof args>

interface Have {
  readonly info: ImageInfo | undefined
  readonly pool: PoolMirroring
  readonly release: number
}

/**
 * Whether and how one image is mirrored. In a pool with image mode that is said of the image; in one with pool mode it
 * follows from the journaling feature, which is then switched.
 */
export const mirrorImage = defineModule({
  name: 'rbd.mirrorImage',
  description: 'Mirroring of one image, by journal or by snapshots, whichever mode its pool has; or its end.',
  args,
  absent: { info: undefined, pool: notMirrored, release: octopus } as Have,

  async read(args, look): Promise<Have> {
    const [info, pool = notMirrored, release] = await Promise.all([
      readImage(look, args),
      readMirroring(look, poolSpec(args)),
      readRelease(look),
    ])
    return { info, pool, release }
  },

  *plan(args, have) {
    const { info } = have
    if (args.mode === 'disabled') {
      if (info?.mirroring) yield* planDisabled(args, have, info)
      return
    }
    if (info?.mirroring?.mode === args.mode) return
    refuse(args, have)
    const spec = imageSpec(args)
    // What cannot be known yet (--check, an image still to be created) is planned as in image mode.
    if (have.pool.mode === 'pool') yield* planFeatures(spec, info?.features ?? [], { on: ['journaling'], off: [] })
    else if (have.release < octopus) {
      yield* planFeatures(spec, info?.features ?? [], { on: ['journaling'], off: [] })
      yield enable(spec, [])
    } else yield enable(spec, [args.mode])
  },

  output: (_, { info }) => info?.mirroring && { ...info.mirroring, imageId: info.id },
})

function enable(spec: string, mode: readonly string[]): Change {
  return change(
    `mirror ${spec}`,
    within(120, cmd`rbd mirror image enable ${spec} ${mode}`),
    {
      from: 'disabled',
      to: mode[0] ?? 'journal',
    },
    { hint: 'see that mirroring is on in its pool, and in that of its parent if it is a clone' },
  )
}

function refuse(args: Args, { info, pool, release }: Have): void {
  const spec = imageSpec(args)
  if (info?.mirroring)
    throw new TaskFailed({
      summary: `image ${spec} is mirrored by ${info.mirroring.mode}, not by ${args.mode}: changing that deletes its copy on the other site and makes a new one`,
      hint: 'if that is what you want, disable its mirroring first (mode: disabled)',
    })
  if (args.mode === 'snapshot' && release < octopus)
    throw new TaskFailed({ summary: `image ${spec}: Ceph ${release} cannot mirror by snapshots (15, Octopus, can)` })
  if (args.mode === 'snapshot' && pool.mode === 'pool')
    throw new TaskFailed({
      summary: `image ${spec}: pool ${poolSpec(args)} is mirrored in pool mode, which knows journals only`,
      hint: 'use mode: journal for the image, or put the pool into image mode (rbd.mirrorPool)',
    })
}

function* planDisabled(args: Args, { pool }: Have, { mirroring, features }: ImageInfo): Iterable<Change> {
  const spec = imageSpec(args)
  if (!mirroring?.primary)
    throw new TaskFailed({
      summary: `image ${spec} is a copy here: its mirroring is switched off where it is primary`,
      hint: 'do it on the other site; or promote it here first, to keep this copy',
    })
  if (pool.mode === 'pool') yield* planFeatures(spec, features, { on: [], off: ['journaling'] })
  else
    yield change(`stop mirroring ${spec}`, within(120, cmd`rbd mirror image disable ${spec}`), {
      from: mirroring.mode,
      to: 'disabled',
    })
}
