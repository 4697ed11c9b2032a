import { z } from 'zod'
import { cmd } from '../../../core/command.ts'
import type { Look } from '../../../core/look.ts'
import { defineModule } from '../../../core/module.ts'
import { type Port, portsIn } from '../addresses.ts'
import { type ImageInfo, imageInfoSchema } from '../info.ts'
import { readMonitors } from '../monitors.ts'
import { EINVAL, ENOENT, imageSpec, looking, namespaceName, type PoolSpec, poolName, poolSpec } from '../names.ts'
import { notMirrored, type Peer, type PoolMirroring, readMirroring } from '../peers.ts'
import { noSiteImages, readSiteImages, type SiteImages } from '../site-images.ts'
import { type PoolStatus, poolStatusSchema } from '../status.ts'
import { readClock } from './clock.ts'
import { type ClusterFacts, readCluster } from './cluster.ts'

/** One pool that is mirrored, or is to be. */
export interface PoolFacts {
  readonly name: string
  readonly mirroring: PoolMirroring
  /** Undefined where mirroring is off. */
  readonly status: PoolStatus | undefined
}

export interface SiteFacts {
  /** Seconds since 1970 by the clock of the host that was asked, with a fraction. */
  readonly clock: number
  readonly fsid: string
  /** As `mon host` has it. */
  readonly monHost: string
  readonly cluster: ClusterFacts
  /** The pool that was asked for; undefined when there is none of that name. */
  readonly pool: PoolFacts | undefined
  /** All others that are mirrored. */
  readonly otherPools: readonly PoolFacts[]
  /** Namespaces of the pool in which mirroring is on, with its mode; and those in which it is off. */
  readonly namespaces: Readonly<Record<string, 'disabled' | 'pool' | 'image'>>
  readonly images: SiteImages
  /** Parents that images of the pool are clones of, by `POOL/IMAGE`; undefined where no image has that name any more. */
  readonly parents: Readonly<Record<string, ImageInfo | undefined>>
  /** In a pool with pool mode: images that are not mirrored, and have what that needs or not. */
  readonly unmirrored: readonly ImageInfo[]
  /** Images whose copy was cut off from their journal, since it was too far behind. */
  readonly disconnected: readonly string[]
}

/** No more than these are looked at one by one; where one is wrong, the others tend to be as well. */
const most = 25

/** All that is to be known of a site before its pool is mirrored or moved; changes nothing. */
export const preflightSite = defineModule({
  name: 'rbd.preflightSite',
  description:
    'Looks at all of a site that mirroring depends on: cluster, pools, peers, namespaces, images, parents; for rbd.pitfalls.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    images: z.boolean().default(true).describe('look at the images, too; takes some milliseconds an image'),
  }),
  absent: undefined as SiteFacts | undefined,

  async read(args, look): Promise<SiteFacts | undefined> {
    const [clock, monitors, cluster] = await Promise.all([readClock(look), readMonitors(look), readCluster(look)])
    const { pool } = args
    const others = cluster.rbdPools.filter((name) => name !== pool)
    const exists = cluster.pools.includes(pool)
    const [here, otherPools, namespaces] = await Promise.all([
      exists ? readPool(look, args) : undefined,
      Promise.all(others.map((name) => readPool(look, { pool: name }))),
      exists ? readNamespaces(look, pool) : {},
    ])
    const mirrored = here !== undefined && here.mirroring.mode !== 'disabled'
    const images =
      args.images && mirrored ? await readSiteImages(look, { ...args, images: undefined, detail: true }) : noSiteImages
    return {
      clock,
      ...monitors,
      cluster,
      pool: here,
      otherPools: otherPools.filter(({ mirroring }) => mirroring.mode !== 'disabled'),
      namespaces,
      images,
      ...(await readOddities(look, args, { images, mode: here?.mirroring.mode ?? 'disabled' })),
    }
  },

  plan: () => [],
  output: (_, have) => have,
})

async function readPool(look: Look, spec: PoolSpec): Promise<PoolFacts> {
  const name = poolSpec(spec)
  const command = looking(cmd`rbd mirror pool status ${name} --verbose --format json`, 120)
  const [mirroring = notMirrored, status] = await Promise.all([
    readMirroring(look, name),
    look.json(command, poolStatusSchema, { absent: [EINVAL, ENOENT] }),
  ])
  return { name, mirroring, status }
}

const namespaceList = z.array(z.object({ name: z.string() }))

/** Namespaces came with Nautilus: before, `rbd` does not know the word. */
async function readNamespaces(look: Look, pool: string): Promise<SiteFacts['namespaces']> {
  const command = looking(cmd`rbd namespace ls ${pool} --format json`)
  const { code } = await look.run(command)
  if (code !== 0) return {}
  const names = await look.json(command, namespaceList)
  const modes = await Promise.all(
    names.map(async ({ name }) => {
      const { mode } = (await readMirroring(look, poolSpec({ pool, namespace: name }))) ?? notMirrored
      return [name, mode] as const
    }),
  )
  return Object.fromEntries(modes)
}

interface Found {
  readonly images: SiteImages
  readonly mode: PoolMirroring['mode']
}

/** What only some images have, and costs a command each. */
async function readOddities(look: Look, spec: PoolSpec, { images, mode }: Found) {
  const parents = [...new Set(images.images.flatMap(({ parent }) => parent?.replace(/@.*$/, '') ?? []))].slice(0, most)
  const others = mode === 'pool' ? images.others.slice(0, most) : []
  const lagging = images.status.images.filter(({ state, peers }) =>
    [state, ...peers.map((peer) => peer.state)].some((seen) => seen === 'error'),
  )
  const journals = images.images
    .filter((image) => image.mode === 'journal' && image.primary)
    .filter(({ globalId }) => lagging.some((status) => status.globalId === globalId))
    .slice(0, most)
  const [found, unmirrored, states] = await Promise.all([
    Promise.all(parents.map(async (parent) => [parent, await readInfo(look, parent)] as const)),
    Promise.all(others.map((image) => readInfo(look, imageSpec({ ...spec, image })))),
    Promise.all(journals.map(async ({ name }) => ((await isCutOff(look, { ...spec, image: name })) ? [name] : []))),
  ])
  return {
    parents: Object.fromEntries(found),
    unmirrored: unmirrored.flatMap((image) => image ?? []),
    disconnected: states.flat(),
  }
}

function readInfo(look: Look, image: string): Promise<ImageInfo | undefined> {
  return look.json(looking(cmd`rbd info --format json ${image}`), imageInfoSchema, { absent: [ENOENT] })
}

const journalSchema = z.object({
  registered_clients: z.array(z.object({ id: z.string(), state: z.string() })),
})

/** `rbd journal status`, whose argument without `--image` is a journal's name; the master is the client without a name. */
async function isCutOff(look: Look, spec: PoolSpec & { readonly image: string }): Promise<boolean> {
  const command = looking(cmd`rbd journal status --format json --image ${imageSpec(spec)}`)
  const journal = await look.json(command, journalSchema, { absent: [ENOENT] })
  return journal?.registered_clients.some(({ id, state }) => id !== '' && state !== 'connected') ?? false
}

/** Peers that a site reads from. */
function sourcesOf({ pool }: SiteFacts): readonly Peer[] {
  return pool?.mirroring.peers.filter(({ client, direction }) => client !== '' && direction !== 'tx-only') ?? []
}

/** Users that a site logs in as at the other. */
export function clientsOf(site: SiteFacts): string[] {
  return sourcesOf(site).map(({ client }) => client)
}

/** Peers of a site whose monitors and keys stand in files on its mirror hosts. */
export function filePeersOf(site: SiteFacts): { site: string; client: string }[] {
  return sourcesOf(site)
    .filter(({ monHost }) => monHost === '')
    .map(({ site: name, client }) => ({ site: name, client }))
}

/** What mirror hosts of the other site have to reach at a site. */
export function portsOf({ monHost, cluster }: SiteFacts): Port[] {
  return [...portsIn(monHost), ...cluster.osdPorts]
}
