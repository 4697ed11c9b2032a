import { z } from 'zod'
import { defineModule } from '../../core/module.ts'
import { imageName, namespaceName, poolName, snapshotName } from './names.ts'
import { noSiteImages, readSiteImages, type SiteImages } from './site-images.ts'
import { hasCaughtUp, type ImageStatus, isFresh } from './status.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  images: z
    .array(
      z.strictObject({
        name: imageName,
        globalId: z.string(),
        oldId: z.string().optional().describe('the id of a copy that is to be gone'),
      }),
    )
    .describe('which ones'),
  until: z
    .enum(['primary', 'caught-up', 'copied', 'following', 'settled', 'snapshot'])
    .describe(
      'primary: it is primary here; caught-up: all that the primary wrote is here; copied: a whole copy is here and follows, while the primary may go on writing; following: replaying has begun; settled: it follows, or is known to have diverged; snapshot: the snapshot named has arrived',
    ),
  snapshot: snapshotName.optional().describe('with until=snapshot'),
})

type Args = z.output<typeof args>
type Wanted = Args['images'][number]

export interface SiteProgress {
  /** What is still waited for, by image, in words. */
  readonly pending: readonly string[]
  /** Their names. */
  readonly left: readonly string[]
  /** Names of images whose copy here has writes that the primary does not have. */
  readonly diverged: readonly string[]
  readonly site: SiteImages
}

/** How far the copies of one site are; changes nothing. For tasks that wait. */
export const siteProgress = defineModule({
  name: 'rbd.siteProgress',
  description: 'Looks how far the copies of images are at one site: which are not there yet, and why.',
  args,
  absent: noSiteImages,
  // Of all: an image that was renamed at one site only is known by its global id.
  read: ({ pool, namespace, images, until }, look): Promise<SiteImages> =>
    readSiteImages(look, {
      pool,
      namespace,
      images: images.length === 0 || until === 'snapshot' ? images.map(({ name }) => name) : undefined,
      detail: until === 'snapshot',
    }),
  plan: () => [],

  output: (args, site): SiteProgress => {
    const statuses = new Map(site.status.images.map((status) => [status.globalId, status]))
    const found = new Map(site.images.map((image) => [image.globalId, image]))
    const missing = args.images.flatMap((wanted) => {
      const why = missingYet(args, wanted, found.get(wanted.globalId), statuses.get(wanted.globalId), site.now)
      return why === undefined ? [] : [{ name: wanted.name, why }]
    })
    const diverged = args.images
      .filter(({ globalId }) => !found.get(globalId)?.primary && statuses.get(globalId)?.splitBrain)
      .map(({ name }) => name)
    return {
      pending: missing.map(({ name, why }) => `${name}: ${why}`),
      left: missing.map(({ name }) => name),
      diverged,
      site,
    }
  },
})

/** Why it is not so yet; undefined when it is. */
function missingYet(
  { until, snapshot = '' }: Args,
  { oldId }: Wanted,
  image: SiteImages['images'][number] | undefined,
  status: ImageStatus | undefined,
  now: number,
): string | undefined {
  if (!image) return 'there is no copy yet'
  if (oldId !== undefined && image.id === oldId) return 'the old copy is still there'
  if (until === 'snapshot') return hasSnapshot(image, snapshot) ? undefined : 'the snapshot has not arrived'
  if (until === 'primary') return image.primary && !image.cutOff ? undefined : 'it is not primary here'
  if (image.primary) return 'it is primary here'
  return waitsFor(until, status, now)
}

/** A snapshot of a copy that is mirrored by snapshots is good once the mirror snapshot that brought it is whole. */
function hasSnapshot({ userSnapshots = [], snapshots = [] }: SiteImages['images'][number], name: string): boolean {
  return userSnapshots.includes(name) && snapshots.at(-1)?.complete !== false
}

function waitsFor(until: Args['until'], status: ImageStatus | undefined, now: number): string | undefined {
  if (!status) return 'no daemon has reported on it yet'
  if (!isFresh(status, now)) return `its daemon has not reported lately (${status.description || status.state})`
  if (until === 'settled' && (status.splitBrain || status.state === 'syncing')) return undefined
  if (status.state !== 'replaying') return status.description || status.state
  if (until === 'copied' && !hasWholeCopy(status)) return 'its first snapshot has not arrived whole'
  return until === 'caught-up' && !hasCaughtUp(status) ? 'it is behind' : undefined
}

/** A journal is replayed once the image has been copied; with snapshots, the first one is the copy. */
function hasWholeCopy({ replay }: ImageStatus): boolean {
  return replay?.mode === 'journal' || replay?.localSnapshot !== undefined
}
