import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { type ImageInfo, readImage, readImages } from './info.ts'
import { chosenImages, type MirroredImages, noImages, readMirrored, readPoolStatus, readTime } from './mirrored.ts'
import { EINVAL, ENOENT, imageName, imageSpec, looking, namespaceName, poolName } from './names.ts'
import { type Peer, type PoolMirroring, readMirroring } from './peers.ts'
import { hasCaughtUp, type ImageStatus, imageStatusSchema, type PeerStatus, type PoolStatus } from './status.ts'

const none: readonly never[] = []
const noPlan = () => none

export interface ImageState {
  readonly info: ImageInfo | undefined
  readonly status: ImageStatus | undefined
  /** Seconds since 1970, by the host's clock: what `lastUpdate` is compared with. */
  readonly now: number
}

/** What there is of an image and how its mirroring stands; changes nothing. */
export const imageStatus = defineModule({
  name: 'rbd.imageStatus',
  description: 'Looks at one image: what rbd info and its mirroring status say; undefined parts are not there.',
  args: z.strictObject({ pool: poolName, namespace: namespaceName, image: imageName }),
  absent: undefined as ImageState | undefined,

  async read(args, look): Promise<ImageState> {
    const command = looking(cmd`rbd mirror image status --format json ${imageSpec(args)}`)
    const [info, status, now] = await Promise.all([
      readImage(look, args),
      look.json(command, imageStatusSchema, { absent: [ENOENT, EINVAL] }),
      readTime(look),
    ])
    return { info, status, now }
  },

  plan: noPlan,
  output: (_, have) => have,
})

/** How the mirroring of a pool stands, with daemons and images; changes nothing. */
export const poolStatus = defineModule({
  name: 'rbd.poolStatus',
  description: 'Looks at the mirroring of a pool: health, daemons with their callouts, and every image.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    started: z.number().int().default(0).describe('how many daemons were just started, for whoever waits for them'),
    instancesBefore: z.array(z.string()).optional().describe('ids of the instances that there were before that'),
  }),
  absent: undefined as (PoolStatus & { readonly now: number }) | undefined,

  async read(args, look) {
    const [status, now] = await Promise.all([readPoolStatus(look, args), readTime(look)])
    return { ...status, now }
  },

  plan: noPlan,
  output: ({ started, instancesBefore }, have) =>
    have && { ...have, awaitedDaemons: instancesBefore ? started - newDaemons(have, instancesBefore) : 0 },
  foresee: () => ({ ...noImages.pool, now: 0, awaitedDaemons: 0 }),
})

/** An instance has no id before it works; one that was stopped is listed for a minute. */
function newDaemons({ daemons }: PoolStatus, before: readonly string[]): number {
  return daemons.filter(({ instanceId }) => instanceId !== '' && !before.includes(instanceId)).length
}

/** A peer as anybody may see it. */
export type PublicPeer = Omit<Peer, 'key' | 'monHost'>

/** Who a pool mirrors with, without keys; changes nothing. */
export const peers = defineModule({
  name: 'rbd.peers',
  description: 'Looks at the mode of a mirrored pool and at its peers: site, client, direction.',
  args: z.strictObject({ pool: poolName }),
  absent: undefined as PoolMirroring | undefined,
  read: ({ pool }, look) => readMirroring(look, pool),
  plan: noPlan,
  output: (_, have) =>
    have && {
      mode: have.mode,
      siteName: have.siteName,
      peers: have.peers.map(({ key, monHost, ...peer }): PublicPeer => peer),
    },
})

/** The mirrored images of a pool, each with its role, which is certain, and its status, which may be old. */
export const mirroredImages = defineModule({
  name: 'rbd.mirroredImages',
  description: 'Looks at a mirrored image, or all of a pool: role and id from rbd info, and what the daemons say.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    ...chosenImages,
    replaced: z
      .record(z.string(), z.string())
      .default({})
      .describe('images that are to be copied anew, with the id that they had before'),
    followedSince: z
      .number()
      .optional()
      .describe('seconds since 1970 after which other sites must have said that they have all of what is primary here'),
  }),
  absent: undefined as MirroredImages | undefined,
  read: (args, look) => readMirrored(look, args),
  plan: noPlan,
  output: ({ replaced, followedSince }, have): MirroredImagesOutput | undefined =>
    have && {
      ...have,
      notReplaced: Object.keys(replaced).filter((name) => !isReplaced(have, name, replaced[name])),
      notFollowed: followedSince === undefined ? [] : notFollowed(have, followedSince),
    },
})

export interface MirroredImagesOutput extends MirroredImages {
  /** Of the images that are to be copied anew, those whose new copy is not there yet. */
  readonly notReplaced: readonly string[]
  /** Of the images that are primary here, those of which another site has not said since then that it has all. */
  readonly notFollowed: readonly string[]
}

/**
 * Ceph lets a site promote that was demoted itself before and has replayed nothing since: what was written here meanwhile
 * is lost then. So the other site has to say, after a time, that it follows. One that is primary, too, never will.
 */
function notFollowed({ images }: MirroredImages, since: number): string[] {
  const has = (peer: PeerStatus) => peer.saysPrimary || (hasCaughtUp(peer) && (peer.lastUpdate ?? 0) > since)
  return images
    .filter(({ info, status }) => info.mirroring.primary && !(status?.peers ?? []).every(has))
    .map(({ info }) => info.name)
}

function isReplaced({ images }: MirroredImages, name: string, oldId: string | undefined): boolean {
  const image = images.find(({ info }) => info.name === name)
  return image !== undefined && image.info.id !== oldId
}

/** The images of a pool; changes nothing. */
export const images = defineModule({
  name: 'rbd.images',
  description: 'Looks at every image of a pool or namespace: size, features, parent, role.',
  args: z.strictObject({ pool: poolName, namespace: namespaceName }),
  absent: undefined as readonly ImageInfo[] | undefined,
  read: (args, look) => readImages(look, args),
  plan: noPlan,
  output: (_, have) => have,
})
