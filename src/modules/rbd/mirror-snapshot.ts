import { z } from 'zod'
import { change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { type ImageInfo, readImage } from './info.ts'
import { type MirrorSnapshot, readMirrorSnapshots } from './mirror-snapshots.ts'
import { readTime } from './mirrored.ts'
import { imageName, imageSpec, namespaceName, poolName, within } from './names.ts'

interface Have {
  readonly info: ImageInfo | undefined
  readonly snapshots: readonly MirrorSnapshot[]
  readonly now: number
}

/** A snapshot of an image that is mirrored by snapshots: what was written until now is sent to the other site. */
export const mirrorSnapshot = defineModule({
  name: 'rbd.mirrorSnapshot',
  description: 'Takes a mirror snapshot of an image that is mirrored by snapshots, now or when the last is too old.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    image: imageName,
    maxAge: z
      .int()
      .min(0)
      .default(0)
      .describe('seconds; a mirror snapshot that is not older is good enough. Default: always take one'),
  }),
  absent: { info: undefined, snapshots: [], now: 0 } as Have,

  async read(args, look): Promise<Have> {
    const [info, snapshots, now] = await Promise.all([
      readImage(look, args),
      readMirrorSnapshots(look, args),
      readTime(look),
    ])
    return { info, snapshots, now }
  },

  *plan(args, { info, snapshots, now }) {
    const spec = imageSpec(args)
    if (info && (info.mirroring?.mode !== 'snapshot' || !info.mirroring.primary))
      throw new TaskFailed({
        summary: `${spec} ${info.mirroring ? (info.mirroring.primary ? 'is mirrored by journal' : 'is a copy here') : 'is not mirrored'}: mirror snapshots are taken of primaries that are mirrored by snapshots`,
      })
    const last = snapshots.findLast(({ state }) => state === 'primary')
    if (args.maxAge > 0 && last?.time !== undefined && now - last.time <= args.maxAge) return
    yield change(`mirror snapshot of ${spec}`, within(120, cmd`rbd mirror image snapshot ${spec}`))
  },

  output: (_, { snapshots }) => {
    const last = snapshots.findLast(({ state }) => state === 'primary')
    return last && { id: last.id, name: last.name, time: last.time }
  },
})
