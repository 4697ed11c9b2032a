import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { type ImageInfo, readImages } from './info.ts'
import { imageSpec, namespaceName, poolName, poolSpec, siteName, within } from './names.ts'
import { notMirrored, type PoolMirroring, readMirroring } from './peers.ts'
import { octopus, readRelease } from './release.ts'

export interface MirrorPoolOutput {
  readonly mode: 'disabled' | 'pool' | 'image'
  readonly siteName: string | undefined
}

/** Whether and how the images of a pool are mirrored: all that have journaling (`pool`), or those told to (`image`). */
export const mirrorPool = defineModule({
  name: 'rbd.mirrorPool',
  description:
    'Mirroring of a pool: every image with journaling (mode pool), the images that are told to (image), or none (disabled).',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    mode: z.enum(['pool', 'image', 'disabled']).describe('pool, image or disabled'),
    siteName: siteName
      .optional()
      .describe(
        'what this cluster calls itself to its peers: one name for all its pools; Octopus and later, ignored before',
      ),
    images: z
      .boolean()
      .default(false)
      .describe(
        'with mode disabled: also of images that were told to be mirrored one by one; peers delete their copies',
      ),
  }),
  absent: { mirroring: notMirrored, release: octopus, mirrored: [] as readonly ImageInfo[] },

  async read(args, look) {
    const pool = poolSpec(args)
    const [mirroring = notMirrored, release] = await Promise.all([readMirroring(look, pool), readRelease(look)])
    const byImage = mirroring.mode === 'image' && (args.mode === 'pool' || (args.mode === 'disabled' && args.images))
    const images = byImage ? await readImages(look, args) : []
    return { mirroring, release, mirrored: images.filter((image) => image.mirroring) }
  },

  *plan(args, { mirroring, release, mirrored }) {
    const pool = poolSpec(args)
    const { mode } = args
    if (mode === 'disabled') {
      for (const image of mirrored) yield disableImage(imageSpec({ ...args, image: image.name }), image)
      if (mirroring.mode !== 'disabled') yield disable(pool, mirroring)
      return
    }
    refuseSnapshotImages(pool, mirrored.filter(isSnapshotMirrored))
    const site = release < octopus || args.namespace !== undefined ? undefined : args.siteName
    const renamed = site !== undefined && mirroring.siteName !== site
    if (mirroring.mode === mode && !renamed) return
    const name = site === undefined ? [] : ['--site-name', site]
    yield change(
      mirroring.mode === mode ? `site name ${site}` : `mirror ${pool} in ${mode} mode`,
      within(120, cmd`rbd mirror pool enable ${pool} ${mode} ${name}`),
      mirroring.mode === mode ? { from: mirroring.siteName, to: site } : { from: mirroring.mode, to: mode },
      { hint: `see that the pool exists: rbd pool stats ${args.pool}` },
    )
  },

  output: (_, { mirroring }): MirrorPoolOutput => ({ mode: mirroring.mode, siteName: mirroring.siteName }),
})

function isSnapshotMirrored({ mirroring }: ImageInfo): boolean {
  return mirroring?.mode === 'snapshot'
}

function disableImage(spec: string, { mirroring }: ImageInfo): Change {
  const force = mirroring?.primary ? [] : ['--force']
  return change(`stop mirroring ${spec}`, within(120, cmd`rbd mirror image disable ${force} ${spec}`), {
    from: mirroring?.mode,
    to: 'disabled',
  })
}

/** Ceph refuses it while there are peers (EBUSY). */
function disable(pool: string, { mode, peers }: PoolMirroring): Change {
  const hint =
    peers.length > 0
      ? `remove its peers first, on both sites (remove-peer.ts): ${peers.map(({ site }) => site).join(', ')}`
      : `images whose mirroring is enabled one by one keep it on: disable theirs first`
  const difference = { from: mode, to: 'disabled' }
  return change(`stop mirroring ${pool}`, within(600, cmd`rbd mirror pool disable ${pool}`), difference, { hint })
}

/** Pool mode knows journals only; what Ceph does with snapshot-mode images then is not said anywhere. */
function refuseSnapshotImages(pool: string, images: readonly ImageInfo[]): void {
  if (images.length === 0) return
  throw new TaskFailed({
    summary: `pool ${pool} cannot go from image to pool mode: ${images.map(({ name }) => name).join(', ')} ${images.length > 1 ? 'are' : 'is'} mirrored by snapshots`,
    hint: 'stay with mode=image, or disable their mirroring first (which deletes their copies on the other site)',
  })
}
