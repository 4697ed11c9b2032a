import { z } from 'zod'
import { type Command, cmd } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'
import { batch } from './batch.ts'
import { noImages } from './mirrored.ts'
import { EINVAL, imageName, isSyncPoint, looking, namespaceName, type PoolSpec, poolName, poolSpec } from './names.ts'
import { type ImageStatus, type PoolStatus, poolStatusSchema } from './status.ts'

/** A mirror snapshot, oldest first; times in seconds since 1970. */
const snapshot = z.object({
  id: z.number(),
  state: z.enum(['primary', 'demoted', 'non-primary', 'non-primary (demoted)']),
  complete: z.boolean(),
  time: z.number(),
  primarySnapshot: z
    .number()
    .nullish()
    .transform((id) => id ?? undefined),
})

/** Who has an image open. Mirror daemons of either site do, too. */
const watcher = z.object({
  address: z.string(),
  client: z.string(),
  /** `client.admin`; undefined where monitors do not tell (before Octopus), or do not know it any more. */
  entity: z
    .string()
    .nullish()
    .transform((entity) => entity ?? undefined),
})

const journalRole = z.object({
  role: z.enum(['primary', 'follows', 'demoted here', 'demoted there']),
  demotion: z
    .string()
    .nullish()
    .transform((demotion) => demotion ?? undefined),
  heard: z.array(z.string()),
})

const details = {
  /** Bytes. */
  size: z.number().optional(),
  /** Seconds since 1970, to about a minute; undefined before Nautilus. */
  modified: z
    .number()
    .nullish()
    .transform((time) => time ?? undefined),
  parent: z
    .string()
    .nullish()
    .transform((parent) => parent ?? undefined),
  watchers: z.array(watcher).optional(),
  snapshots: z.array(snapshot).optional(),
  userSnapshots: z.array(z.string()).optional(),
  /** Of journals; mirror snapshots tell it themselves (see last-role.ts). Undefined where it cannot be told. */
  lastRole: journalRole.nullish().transform((known) => known ?? undefined),
}

const siteImage = z.object({
  name: z.string(),
  id: z.string(),
  globalId: z.string(),
  mode: z.enum(['journal', 'snapshot']),
  /** The truth, from the image itself; what a status says of it may be old. */
  primary: z.boolean(),
  /**
   * A change of its role was killed between its two steps. By snapshots, and primary: it cannot be written. By a journal,
   * which only details tell, and not primary: the other site will never hear of the demotion.
   */
  cutOff: z.boolean().optional(),
  ...details,
})

const canary = z.object({
  name: z.string(),
  primary: z.boolean(),
  /** Seconds since 1970, and from one stamp to the next; undefined where none can be read. */
  stamp: z
    .object({ time: z.number(), interval: z.number() })
    .nullish()
    .transform((stamp) => stamp ?? undefined),
})

/** See canary.ts. */
export type Canary = z.output<typeof canary>

const withoutJournal = z.object({ name: z.string(), lacks: z.array(z.string()) })

/** An image that has no journal, and the features that it lacks for one. */
export type WithoutJournal = z.output<typeof withoutJournal>

const poolMode = z
  .enum(['disabled', 'image', 'pool'])
  .nullish()
  .transform((mode) => mode ?? undefined)

const answer = z.object({
  now: z.number(),
  images: z.array(siteImage),
  others: z.array(z.string()),
  poolMode,
  withoutJournal: z.array(withoutJournal).optional(),
  canaries: z.array(canary).optional(),
  sessionsKnown: z.boolean().optional(),
})

/** A mirrored image as its cluster has it. What comes after `cutOff` is known only when details were asked for. */
export type SiteImage = z.output<typeof siteImage>

/** All mirrored images of a pool at one site, with what its daemons say of them. */
export interface SiteImages {
  readonly images: readonly SiteImage[]
  /** Names of images that are not mirrored. */
  readonly others: readonly string[]
  /** Which images of the pool, or its namespace, are mirrored: those with a journal (`pool`), or those told to (`image`). */
  readonly poolMode?: 'disabled' | 'image' | 'pool' | undefined
  /** Of the others those that are not mirrored for want of a journal; told of pool mode, where it was asked for. */
  readonly withoutJournal?: readonly WithoutJournal[] | undefined
  /** They are not among the images. */
  readonly canaries?: readonly Canary[] | undefined
  readonly status: PoolStatus
  /** Seconds since 1970, by the clock of the host that was asked. */
  readonly now: number
  /** The site answers, and its pool is there, but mirroring is off in it. */
  readonly notMirrored?: boolean | undefined
  /** Monitors told who is connected: a client without an entity is one that died, and is forgotten after 30 s. */
  readonly sessionsKnown?: boolean | undefined
}

/** What was seen at a site; undefined where it did not answer. */
export interface SiteLook {
  readonly site: string
  readonly found: SiteImages | undefined
}

export interface SiteImagesSpec extends PoolSpec {
  /** Default: all; of an empty list nothing is looked at. */
  readonly images?: readonly string[] | undefined
  /** Also size, parent, watchers and snapshots of each image, which takes some milliseconds an image. */
  readonly detail: boolean
  /** Also what those lack that are not mirrored: some milliseconds for each of them. Default false. */
  readonly lacking?: boolean | undefined
}

/** All mirrored images of a pool in one round trip, however many there are. */
export async function readSiteImages(look: Look, spec: SiteImagesSpec): Promise<SiteImages> {
  if (spec.images?.length === 0) return noSiteImages
  const command = batch({
    op: 'look',
    pool: spec.pool,
    namespace: spec.namespace,
    images: [...(spec.images ?? [])],
    options: { detail: spec.detail, ...(spec.lacking ? { lacking: true } : {}) },
    display: `look at the images of ${poolSpec(spec)}${spec.detail ? ' in detail' : ''}`,
  })
  const [found, status] = await Promise.all([
    look.json({ ...looking(command, 600) }, answer),
    look.json(statusCommand(spec), poolStatusSchema, { absent: [EINVAL] }),
  ])
  return status ? { ...found, status } : { ...found, status: noImages.pool, notMirrored: true }
}

/** Monitors that are gone are given up after 20 s instead of 300. */
function statusCommand(spec: PoolSpec): Command {
  const command = looking(cmd`rbd mirror pool status ${poolSpec(spec)} --verbose --format json`, 120)
  return { ...command, env: { ...command.env, CEPH_ARGS: '--client-mount-timeout=20' } }
}

export const noSiteImages: SiteImages = { images: [], others: [], status: noImages.pool, now: 0 }

/** Every mirrored image of a pool at one site; changes nothing. */
export const siteImages = defineModule({
  name: 'rbd.siteImages',
  description:
    'Looks at all mirrored images of a pool at once: role, ids, status of both sides; in detail also watchers and mirror snapshots.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    images: z.array(imageName).optional().describe('default: all'),
    detail: z.boolean().default(false).describe('also size, parent, watchers and snapshots of each image'),
    lacking: z.boolean().default(false).describe('in pool mode also what those lack that are not mirrored'),
  }),
  absent: undefined as SiteImages | undefined,
  read: (args, look): Promise<SiteImages | undefined> => readSiteImages(look, args),
  plan: () => [],
  output: (_, have) => have,
})

/** The ids of the clients that a pool's own daemons are. */
export function daemonClients({ status }: SiteImages): string[] {
  return status.daemons.map(({ instanceId }) => instanceId)
}

/** Addresses from which clients have images open, by image; what mirrors an image is no client. */
export function openImages(site: SiteImages): ReadonlyMap<string, readonly string[]> {
  const daemons = daemonClients(site)
  const isDaemon = ({ client, entity = '' }: z.output<typeof watcher>) =>
    daemons.includes(client) || /^(client\.rbd-mirror|mgr\.)/.test(entity)
  const open = site.images.map(({ name, watchers = [] }): [string, string[]] => [
    name,
    watchers
      .filter((found) => !isDaemon(found))
      .map(({ address, entity }) => (entity ? `${address} (${entity})` : address)),
  ])
  return new Map(open.filter(([, addresses]) => addresses.length > 0))
}

/** Images that a client which died still has open, as its cluster believes for half a minute. */
export function openToTheDead({ images, sessionsKnown = false }: SiteImages): string[] {
  const isDead = ({ entity }: z.output<typeof watcher>) => sessionsKnown && entity === undefined
  return images.filter(({ watchers = [] }) => watchers.some(isDead)).map(({ name }) => name)
}

/** A mirror snapshot that has arrived only in part: promoting falls back further than to the one before it. */
export function isHalfSynced({ mode, primary, snapshots = [] }: SiteImage): boolean {
  return mode === 'snapshot' && !primary && snapshots.at(-1)?.complete === false
}

/**
 * A copy that never was whole: what is here is a piece of the image. The first copy of a journal's image ends at a snapshot
 * that daemons make for it and take away when it is reached (rbd_mirror/image_sync/SyncPointCreateRequest.cc; tried). One
 * that was cut off may stay for good, and is copied with the image: what has been replayed since was whole.
 */
export function isPiece(
  { mode, primary, snapshots, userSnapshots = [] }: SiteImage,
  status: Pick<ImageStatus, 'replay'> | undefined,
): boolean {
  if (primary) return false
  if (mode === 'journal') return status?.replay === undefined && userSnapshots.some(isSyncPoint)
  return snapshots !== undefined && !snapshots.some(({ complete }) => complete)
}
