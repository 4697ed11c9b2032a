import { z } from 'zod'
import { cmd, sh } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'
import { ENOENT, type ImageSpec, imageSpec, looking, type PoolSpec, poolSpec } from './names.ts'

/** `rbd info`: the truth about one image. */
export interface ImageInfo {
  readonly name: string
  readonly id: string
  /** Bytes. */
  readonly size: number
  readonly objectSize: number
  readonly features: readonly string[]
  readonly dataPool: string | undefined
  readonly snapshots: number
  /** `POOL/IMAGE@SNAPSHOT` that it is a clone of. */
  readonly parent: string | undefined
  readonly mirroring: Mirroring | undefined
}

export interface Mirroring {
  /** Undefined before Octopus: journal is the only one then. */
  readonly mode: 'journal' | 'snapshot'
  /** `enabled`, `disabling`. */
  readonly state: string
  readonly globalId: string
  readonly primary: boolean
}

const parentSchema = z
  .object({
    pool: z.string(),
    pool_namespace: z.string().default(''),
    image: z.string(),
    snapshot: z.string().default(''),
  })
  .transform(
    ({ pool, pool_namespace, image, snapshot }) =>
      `${[pool, pool_namespace, image].filter((part) => part !== '').join('/')}@${snapshot}`,
  )

const mirroringSchema = z
  .object({
    mode: z.enum(['journal', 'snapshot']).default('journal'),
    state: z.string(),
    global_id: z.string().default(''),
    primary: z.boolean().default(false),
  })
  .transform(({ global_id, ...rest }): Mirroring => ({ ...rest, globalId: global_id }))

/** Shapes from Luminous on: `id` came with Mimic, `mirroring.mode` with Octopus, `snapshot_count` with Mimic. */
export const imageInfoSchema = z
  .object({
    name: z.string(),
    id: z.string().optional(),
    block_name_prefix: z.string().default(''),
    size: z.number(),
    object_size: z.number().default(4_194_304),
    features: z.array(z.string()).default([]),
    data_pool: z.string().optional(),
    snapshot_count: z.number().default(0),
    parent: parentSchema.optional(),
    mirroring: mirroringSchema.optional(),
  })
  .transform(
    (info): ImageInfo => ({
      name: info.name,
      id: info.id ?? info.block_name_prefix.replace(/^.*\./, ''),
      size: info.size,
      objectSize: info.object_size,
      features: info.features,
      dataPool: info.data_pool,
      snapshots: info.snapshot_count,
      parent: info.parent,
      mirroring: info.mirroring?.state === 'disabled' ? undefined : info.mirroring,
    }),
  )

/** One image, undefined when there is none (or no such pool). */
export function readImage(look: Look, spec: ImageSpec): Promise<ImageInfo | undefined> {
  return look.json(looking(cmd`rbd info --format json ${imageSpec(spec)}`), imageInfoSchema, { absent: [ENOENT] })
}

const imageList = z.array(imageInfoSchema.nullable())

/**
 * Every image of a pool or namespace by name, in one request however many there are.
 *
 * @throws CommandFailed, with exit code 2 when there is no such pool.
 */
export async function readImages(look: Look, spec: PoolSpec): Promise<readonly ImageInfo[]> {
  const pool = poolSpec(spec)
  const command = { ...sh(infoOfAll, pool), display: `rbd info of every image in ${pool}` }
  const images = await look.json(looking(command, 300), imageList)
  return images.filter((image) => image !== null).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * One JSON array, four images at a time, each printed in one piece. One that is deleted in the meantime is left out;
 * the array ends with a null, since nobody knows which image comes last.
 */
const infoOfAll = `set -e
names=$(rbd ls "$1")
printf '['
[ -z "$names" ] || printf '%s\\n' "$names" | xargs -d '\\n' -n 1 -P 4 sh -c '
  info=$(rbd info --format json "$1/$2") || { [ $? = 2 ] && exit 0; exit 1; }
  printf "%s,\\n" "$info"' sh "$1"
printf 'null]'`
