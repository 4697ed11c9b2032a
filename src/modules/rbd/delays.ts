import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { ENOENT, imageName, imageSpec, looking, namespaceName, poolName, poolSpec, within } from './names.ts'

const seconds = z.int().min(0).describe('seconds; 0 takes the setting away')

/**
 * How far a copy stays behind on purpose: a mistake on the primary can still be undone on the copy. Set on the primary's
 * image, it is mirrored with it. Journal mode only.
 */
export const replayDelay = defineModule({
  name: 'rbd.replayDelay',
  description:
    'How long what is written waits before it is replayed on the other site. Set it on the primary; journal mode only.',
  args: z.strictObject({ pool: poolName, namespace: namespaceName, image: imageName, seconds }),
  absent: undefined as string | undefined,

  async read(args, look) {
    const command = looking(cmd`rbd image-meta get ${imageSpec(args)} conf_rbd_mirroring_replay_delay`)
    return (await look.text(command, { absent: [ENOENT] }))?.trim()
  },

  *plan(args, have) {
    const spec = imageSpec(args)
    yield* planSetting(`replay delay of ${spec}`, args.seconds, have, {
      set: (value) => cmd`rbd image-meta set ${spec} conf_rbd_mirroring_replay_delay ${value}`,
      remove: cmd`rbd image-meta remove ${spec} conf_rbd_mirroring_replay_delay`,
    })
  },
})

/** How long an image that was deleted on the primary is kept in the trash of the other site. Set it there. */
export const deleteDelay = defineModule({
  name: 'rbd.deleteDelay',
  description:
    'How long an image that was deleted on the primary stays in the trash of this site, from where it can be had back. Nautilus and later.',
  args: z.strictObject({ pool: poolName, namespace: namespaceName, seconds }),
  absent: undefined as string | undefined,

  async read(args, look) {
    const command = looking(cmd`rbd config pool get ${poolSpec(args)} rbd_mirroring_delete_delay`)
    return (await look.text(command, { absent: [ENOENT] }))?.trim()
  },

  *plan(args, have) {
    const spec = poolSpec(args)
    yield* planSetting(`delete delay of ${spec}`, args.seconds, have, {
      set: (value) => cmd`rbd config pool set ${spec} rbd_mirroring_delete_delay ${value}`,
      remove: cmd`rbd config pool remove ${spec} rbd_mirroring_delete_delay`,
    })
  },
})

interface Setting {
  readonly set: (value: number) => ReturnType<typeof cmd>
  readonly remove: ReturnType<typeof cmd>
}

function* planSetting(
  what: string,
  value: number,
  have: string | undefined,
  { set, remove }: Setting,
): Iterable<Change> {
  if (value === 0 ? have === undefined : have === String(value)) return
  const command = value === 0 ? remove : set(value)
  yield change(what, within(60, command), { from: have, to: value === 0 ? undefined : value })
}
