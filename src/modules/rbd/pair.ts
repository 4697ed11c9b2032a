import { type CanaryView, canaryView } from './canary.ts'
import { wasPrimaryLater } from './last-role.ts'
import type { SiteImage, SiteImages, SiteLook, WithoutJournal } from './site-images.ts'
import { freshSeconds, hasCaughtUp, type ImageStatus, isFresh, type Replay } from './status.ts'

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

export type Verdict =
  | 'healthy'
  | 'behind'
  | 'starting'
  | 'stale'
  | 'error'
  | 'missing'
  | 'unseen'
  | 'no-primary'
  | 'cut-off'
  | 'two-primaries'
  | 'split-brain'

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

export interface Side {
  readonly site: string
  readonly image: SiteImage | undefined
  readonly status: ImageStatus | undefined
  /** Seconds since the daemon last reported; undefined when it never did. */
  readonly age: number | undefined
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

interface Judgement {
  readonly verdict: Verdict
  readonly problem?: string
  readonly mend?: string
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

function verdictOf(
  sides: readonly [Side, Side],
  looks: readonly [SiteLook, SiteLook],
  primaries: readonly Side[],
): Judgement {
  const unseen = looks.find(({ found }) => !found)
  if (unseen)
    return {
      verdict: 'unseen',
      problem: `${unseen.site} cannot be looked at`,
      mend: `if ${unseen.site} is lost: playbook dr failover --force --to ${looks.find(({ found }) => found)?.site}`,
    }
  if (primaries.length === 2)
    return {
      verdict: 'two-primaries',
      problem: 'it is primary, and can be written, on both sites',
      mend: 'choose whose writes are given up: playbook dr failback --loser SITE',
    }
  const [primary] = primaries
  if (!primary) return withoutPrimary(sides)
  if (primary.image?.cutOff) return cutOff(primary)
  const secondary = sides[0] === primary ? sides[1] : sides[0]
  const site = looks.find((look) => look.site === secondary.site)
  return judgeCopy(primary, secondary, site?.found)
}

function withoutPrimary(sides: readonly [Side, Side]): Judgement {
  const torn = sides.find(({ status }) => status?.splitBrain)
  if (torn) return splitBrain(torn)
  const there = sides.filter(({ image }) => image).map(({ site }) => site)
  const untold = sides.find(({ image }) => image?.cutOff)
  if (untold)
    return {
      verdict: 'cut-off',
      problem: `it is primary nowhere: its demotion at ${untold.site} was cut off half-way, and the other site will never hear of it`,
      mend: goesOn,
    }
  const last = lastPrimaries(sides)
  if (last.length > 0) return { verdict: 'no-primary', ...withNews(last) }
  return {
    verdict: 'no-primary',
    problem: `it is primary nowhere and cannot be written (there is a copy at ${there.join(' and ')})`,
    mend: `playbook dr failover --to SITE, which goes on where it was interrupted`,
  }
}

/** Where it has been primary later than the other site knows: both, when neither has heard of the other. */
function lastPrimaries([a, b]: readonly [Side, Side]): string[] {
  const { image: one } = a
  const { image: other } = b
  if (!one || !other) return []
  return [...(wasPrimaryLater(one, other) ? [a.site] : []), ...(wasPrimaryLater(other, one) ? [b.site] : [])]
}

function withNews([site, other]: readonly string[]): Omit<Judgement, 'verdict'> {
  if (other !== undefined)
    return {
      problem:
        'it was demoted at both sites, and neither has heard of the other since: which one was written last is not known',
      mend: `find out where it was written last, and playbook dr failover --force --to that site`,
    }
  return {
    problem: `it is primary nowhere; ${site} was primary last, and the other site does not have all that was written there`,
    mend: `playbook dr failover --to ${site}; once the other site follows, it can be moved there`,
  }
}

function cutOff({ site }: Side): Judgement {
  return {
    verdict: 'cut-off',
    problem: `it is called primary at ${site} and cannot be written: a change of its role was cut off half-way`,
    mend: goesOn,
  }
}

const goesOn = 'playbook dr failover --to SITE goes on, there or back'

function splitBrain({ site }: Side): Judgement {
  return {
    verdict: 'split-brain',
    problem: `the copy at ${site} has writes that the other does not have`,
    mend: `playbook dr failback --loser ${site}`,
  }
}

function judgeCopy(primary: Side, secondary: Side, look: SiteImages | undefined): Judgement {
  const { site, status } = secondary
  if (!secondary.image) return missing(primary, site)
  if (!status || (!status.up && status.state === 'unknown'))
    return { verdict: 'starting', problem: `no daemon of ${site} has reported on it yet`, mend: daemonOf(secondary) }
  if (status.splitBrain) return splitBrain(secondary)
  const old = judgeAge(primary, secondary, status, look?.now ?? 0)
  if (old) return old
  if (status.state === 'error')
    return {
      verdict: 'error',
      problem: `${site}: ${status.description}`,
      mend: `journalctl -u 'ceph-rbd-mirror@*' on ${status.daemonHost ?? `the mirror hosts of ${site}`}`,
    }
  if (primary.image && wasPrimaryLater(primary.image, secondary.image))
    return {
      verdict: 'starting',
      problem: `${site} has not heard yet that ${primary.site} is primary`,
      mend: `wait a minute; else ${daemonOf(secondary)}`,
    }
  if (status.state !== 'replaying')
    return { verdict: 'starting', problem: `${site}: ${status.description || status.state}` }
  return hasCaughtUp(status) ? { verdict: 'healthy' } : { verdict: 'behind' }
}

function missing({ image }: Side, site: string): Judgement {
  const parent = image?.parent
  return {
    verdict: 'missing',
    problem: `${site} has no copy${parent ? ` (it is a clone of ${parent})` : ''}`,
    mend: `see that mirroring is on in the pool at ${site}, that its daemon runs${parent ? ', and that the parent is mirrored' : ''}`,
  }
}

function judgeAge(primary: Side, secondary: Side, status: ImageStatus, now: number): Judgement | undefined {
  const { site, age } = secondary
  if (!isFresh(status, now))
    return {
      verdict: 'stale',
      problem: `${site} last reported on it ${age ?? '?'} s ago${status.up ? '' : ', and its daemon is down'}: how far it is behind is not known`,
      mend: daemonOf(secondary),
    }
  const silent = silentPrimary(primary, status)
  if (silent === undefined) return undefined
  return {
    verdict: 'stale',
    problem: `the daemon of ${primary.site} is down or has not reported for ${silent} s: what ${site} says of it may be old`,
    mend: daemonOf(primary),
  }
}

/**
 * Seconds since the primary's own daemon reported, where that is too long. A primary that only sends has no daemon, and
 * then no report: that is no fault.
 */
function silentPrimary(primary: Side, { peers }: ImageStatus): number | undefined {
  const { status, age } = primary
  if (!status || status.lastUpdate === undefined) return undefined
  const down = !status.up || peers.some((peer) => peer.site === primary.site && !peer.up)
  return down || (age ?? 0) >= freshSeconds ? age : undefined
}

function daemonOf({ site, status }: Side): string {
  return `systemctl status 'ceph-rbd-mirror@*' on ${status?.daemonHost ?? `the mirror hosts of ${site}`}`
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
