import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { type ImageInfo, readImages } from './info.ts'
import { imageSpec, namespaceName, poolName, poolSpec, within } from './names.ts'
import { notMirrored, readMirroring } from './peers.ts'

/** Ends the mirroring of every image that is primary here; while the sites are linked, their copies are deleted. */
export const stopMirroring = defineModule({
  name: 'rbd.stopMirroring',
  description:
    'Ends the mirroring of all images of a pool that are primary here; linked sites then delete their copies of them.',
  args: z.strictObject({ pool: poolName, namespace: namespaceName }),
  absent: { mode: 'disabled' as 'disabled' | 'pool' | 'image', primaries: [] as readonly ImageInfo[] },

  async read(args, look) {
    const { mode } = (await readMirroring(look, poolSpec(args))) ?? notMirrored
    const images = mode === 'disabled' ? [] : await readImages(look, args)
    return { mode, primaries: images.filter(({ mirroring }) => mirroring?.primary) }
  },

  *plan(args, { mode, primaries }): Iterable<Change> {
    for (const { name, mirroring } of primaries) {
      const spec = imageSpec({ ...args, image: name })
      const command =
        mode === 'pool' ? cmd`rbd feature disable ${spec} journaling` : cmd`rbd mirror image disable ${spec}`
      yield change(`stop mirroring ${spec}`, within(120, command), { from: mirroring?.mode, to: 'disabled' })
    }
  },
})
