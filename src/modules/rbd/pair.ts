import { type CanaryView, canaryView } from './canary.ts'
import type { SiteImage, SiteImages, SiteLook, WithoutJournal } from './site-images.ts'
import type { ImageStatus, Replay } from './status.ts'
import { type Side, type Verdict, verdictOf } from './verdict.ts'

/**
 * Both sites of a mirrored pool as one: images joined by their global id, each with a verdict. One side alone cannot
 * tell: a secondary does not list an image it has no copy of, and a status may be old without saying so.
 */
export interface Pair {
  readonly sites: readonly [SiteView, SiteView]
  readonly images: readonly PairImage[]
  /** What the canaries tell, where there are any. */
  readonly canaries: readonly CanaryView[]
  /** The worst of all verdicts; never healthy while mirroring is off in the pool of a site. */
  readonly health: Health
}

export interface SiteView {
  readonly site: string
  /** False: nothing is known of it now. */
  readonly seen: boolean
  /** Mirroring is off in its pool. */
  readonly notMirrored: boolean
  readonly now: number
  readonly daemons: SiteImages['status']['daemons']
  /** Images that are not mirrored. */
  readonly others: readonly string[]
  readonly poolMode: SiteImages['poolMode']
  /** Of these, in pool mode, those that have no journal. */
  readonly withoutJournal: readonly WithoutJournal[]
}

/** `degraded`: every image has its data, but some would lose more than usual. `broken`: somebody must decide. */
export type Health = 'healthy' | 'degraded' | 'broken'

export interface PairImage {
  readonly name: string
  readonly globalId: string
  readonly mode: 'journal' | 'snapshot'
  /** The site that it is written at, if there is just one. */
  readonly primary: string | undefined
  readonly sides: readonly [Side, Side]
  readonly verdict: Verdict
  readonly health: Health
  /** What is wrong, in words; undefined when nothing is. */
  readonly problem: string | undefined
  /** What mends it. */
  readonly mend: string | undefined
  /** How far the secondary is behind, as far as Ceph tells. */
  readonly lag: Lag
}

export interface Lag {
  /** Journal: entries not replayed yet. */
  readonly entries: number | undefined
  /** Snapshot: since the newest snapshot that has arrived whole. Journal: since the newest stamp of the canary that has. */
  readonly seconds: number | undefined
}

/** Joins what was seen at two sites. */
export function joinPair(a: SiteLook, b: SiteLook): Pair {
  const ids = [...new Set([a, b].flatMap(({ found }) => found?.images.map(({ globalId }) => globalId) ?? []))]
  const indexes = [indexOf(a), indexOf(b)] as const
  const canaries = [canaryView(a, b), canaryView(b, a)].flatMap((view) => view ?? [])
  const images = ids
    .map((globalId) =>
      judge(globalId, [sideOf(a, indexes[0], globalId), sideOf(b, indexes[1], globalId)], [a, b], canaries),
    )
    .sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0))
  const sites = [viewOf(a), viewOf(b)] as const
  const healths = [
    ...images.map(({ health }) => health),
    ...sites.map(({ notMirrored }): Health => (notMirrored ? 'degraded' : 'healthy')),
  ]
  return { sites, images, canaries, health: worst(healths) }
}

type Index = ReadonlyMap<string, { readonly image?: SiteImage; readonly status?: ImageStatus }>

function indexOf({ found }: SiteLook): Index {
  const index = new Map<string, { image?: SiteImage; status?: ImageStatus }>()
  for (const image of found?.images ?? []) index.set(image.globalId, { image })
  for (const status of found?.status.images ?? [])
    if (status.globalId !== undefined) index.set(status.globalId, { ...index.get(status.globalId), status })
  return index
}

function sideOf({ site, found }: SiteLook, index: Index, globalId: string): Side {
  const { image, status } = index.get(globalId) ?? {}
  const age = found && status?.lastUpdate !== undefined ? Math.max(0, found.now - status.lastUpdate) : undefined
  return { site, image, status, age }
}

function viewOf({ site, found }: SiteLook): SiteView {
  return {
    site,
    seen: found !== undefined,
    notMirrored: found?.notMirrored ?? false,
    now: found?.now ?? 0,
    daemons: found?.status.daemons ?? [],
    others: found?.others ?? [],
    poolMode: found?.poolMode,
    withoutJournal: found?.withoutJournal ?? [],
  }
}

const healthOf: Readonly<Record<Verdict, Health>> = {
  healthy: 'healthy',
  behind: 'healthy',
  starting: 'degraded',
  stale: 'degraded',
  error: 'degraded',
  missing: 'degraded',
  unseen: 'degraded',
  'no-primary': 'broken',
  'cut-off': 'broken',
  'two-primaries': 'broken',
  'split-brain': 'broken',
}

function worst(healths: readonly Health[]): Health {
  if (healths.includes('broken')) return 'broken'
  return healths.includes('degraded') ? 'degraded' : 'healthy'
}

function judge(
  globalId: string,
  sides: readonly [Side, Side],
  looks: readonly [SiteLook, SiteLook],
  canaries: readonly CanaryView[],
): PairImage {
  const [known] = sides.flatMap(({ image }) => image ?? [])
  const primaries = sides.filter(({ image }) => image?.primary)
  const primary = primaries.length === 1 ? primaries[0] : undefined
  const secondary = primary && sides.find((side) => side !== primary)
  const judgement = verdictOf(sides, looks, primaries)
  return {
    name: known?.name ?? globalId,
    globalId,
    mode: known?.mode ?? 'journal',
    primary: primary?.site,
    sides,
    health: healthOf[judgement.verdict],
    verdict: judgement.verdict,
    problem: judgement.problem,
    mend: judgement.mend,
    lag: lagOf(secondary?.status?.replay, {
      now: looks.find(({ site }) => site === primary?.site)?.found?.now,
      canary: canaries.find(({ from }) => from === primary?.site)?.seconds,
    }),
  }
}

interface LagClues {
  /** Seconds since 1970 at the primary. */
  readonly now: number | undefined
  readonly canary: number | undefined
}

function lagOf(replay: Replay | undefined, { now, canary }: LagClues): Lag {
  if (replay?.mode === 'journal') return { entries: replay.entriesBehind, seconds: canary }
  if (replay?.localSnapshot === undefined || now === undefined) return { entries: undefined, seconds: undefined }
  return { entries: undefined, seconds: Math.max(0, now - replay.localSnapshot) }
}

/** The side of an image at a site. */
export function sideAt({ sides: [a, b] }: PairImage, site: string): Side {
  return a.site === site ? a : b
}
