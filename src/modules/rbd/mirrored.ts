import { z } from 'zod'
import { type Command, cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import { type ImageInfo, type Mirroring, readImage, readImages } from './info.ts'
import { EINVAL, imageName, imageSpec, isCanary, looking, type PoolSpec, poolSpec } from './names.ts'
import { type ImageStatus, type PoolStatus, poolStatusSchema } from './status.ts'

/** A mirrored image: what this cluster has, and what its daemon last said of it. */
export interface MirroredImage {
  readonly info: ImageInfo & { readonly mirroring: Mirroring }
  readonly status: ImageStatus | undefined
}

export interface MirroredImages {
  readonly images: readonly MirroredImage[]
  readonly pool: PoolStatus
  /** Seconds since 1970, by the host's clock. */
  readonly now: number
}

export const noImages: MirroredImages = {
  images: [],
  pool: { health: 'UNKNOWN', daemonHealth: undefined, imageHealth: undefined, states: {}, daemons: [], images: [] },
  now: 0,
}

/** Which images of a pool are meant: one by its name, or all but canaries, which stay at their sites whatever moves. */
export const chosenImages = {
  image: imageName.optional().describe('default: every mirrored image of the pool but canaries'),
  canaries: z.boolean().default(false).describe('canaries, too, where no image is named'),
}

type ChosenImages = PoolSpec & { readonly image?: string | undefined; readonly canaries?: boolean }

/** One image, or all that are mirrored: their roles from `rbd info`, which never lies, and their status beside it. */
export async function readMirrored(look: Look, spec: ChosenImages): Promise<MirroredImages> {
  const { image, canaries = false } = spec
  const isMeant = (info: ImageInfo) => info.name === image || canaries || !isCanary(info)
  const [infos, pool, now] = await Promise.all([
    image === undefined ? readImages(look, spec) : one(readImage(look, { ...spec, image })),
    readPoolStatusIfMirrored(look, spec),
    readTime(look),
  ])
  const images = infos.filter(isMeant).flatMap((info): MirroredImage[] => {
    const { mirroring } = info
    const status = pool.images.find(({ globalId }) => globalId !== undefined && globalId === mirroring?.globalId)
    return mirroring ? [{ info: { ...info, mirroring }, status }] : []
  })
  return { images, pool, now }
}

async function one<T>(value: Promise<T | undefined>): Promise<readonly T[]> {
  const found = await value
  return found === undefined ? [] : [found]
}

/** @throws CommandFailed, with exit code 22 when the pool is not mirrored. */
export function readPoolStatus(look: Look, spec: PoolSpec): Promise<PoolStatus> {
  return look.json(poolStatusCommand(spec), poolStatusSchema)
}

async function readPoolStatusIfMirrored(look: Look, spec: PoolSpec): Promise<PoolStatus> {
  return (await look.json(poolStatusCommand(spec), poolStatusSchema, { absent: [EINVAL] })) ?? noImages.pool
}

function poolStatusCommand(spec: PoolSpec): Command {
  return looking(cmd`rbd mirror pool status ${poolSpec(spec)} --verbose --format json`, 120)
}

/** The host's clock, in seconds since 1970. */
export async function readTime(look: Look): Promise<number> {
  return look.json(cmd`date +%s`, z.number())
}

/** @throws TaskFailed when an image that was asked for by name is not there, or not mirrored. */
export function requireMirrored(
  spec: PoolSpec & { readonly image?: string | undefined },
  { images }: MirroredImages,
): void {
  const { image } = spec
  if (image === undefined || images.length > 0) return
  throw new TaskFailed({
    summary: `there is no mirrored image ${imageSpec({ ...spec, image })}`,
    hint: `look at what there is: rbd mirror pool status ${poolSpec(spec)} --verbose`,
  })
}
