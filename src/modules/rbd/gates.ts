import { listed } from './batch.ts'
import type { CanaryView } from './canary.ts'
import { wasPrimaryLater } from './last-role.ts'
import { joinPair, type Pair, type PairImage, sideAt } from './pair.ts'
import { sayProblems } from './problems.ts'
import type { ImageRecord } from './record.ts'
import { isHalfSynced, isPiece, openImages, type SiteImage, type SiteImages, type SiteLook } from './site-images.ts'

/** What a change of roles is to do, or why it must not be done. */
export interface Decision {
  /** Images that are to become primary at the target. */
  readonly moving: readonly PairImage[]
  /** Of these, those that have to be demoted at the source first. */
  readonly demoting: readonly PairImage[]
  /** Images that are primary at the target already. */
  readonly done: readonly PairImage[]
  /** Of these, copies whose newest mirror snapshot has arrived only in part. */
  readonly half: readonly PairImage[]
  /** Copies that never were whole; they are moved only where that is accepted. */
  readonly pieces: readonly PairImage[]
  /** Reasons not to begin, each a sentence with what mends it. */
  readonly problems: readonly string[]
}

export interface Direction {
  readonly from: string
  readonly to: string
  /** Default: all. */
  readonly images?: readonly string[] | undefined
}

/** What a planned failover does: nothing while an image is not whole and fresh on both sites. */
export function decidePlanned(
  looks: readonly [SiteLook, SiteLook],
  { from, to, images }: Direction,
  { ignoreClients }: { readonly ignoreClients: boolean },
): Decision {
  const pair = joinPair(...looks)
  const chosen = pair.images.filter(({ name }) => images?.includes(name) ?? true)
  const done = chosen.filter((image) => image.primary === to && !['split-brain', 'cut-off'].includes(image.verdict))
  const rest = chosen.filter((image) => !done.includes(image))
  const demoting = rest.filter((image) => image.primary === from || sideAt(image, from).image?.cutOff)
  const source = looks.find(({ site }) => site === from)?.found
  return {
    moving: rest,
    demoting,
    done,
    half: [],
    pieces: [],
    problems: [
      ...unknownNames(pair, images),
      ...sayProblems(rest.filter((image) => !mayMove(image) || hasOlder(image, { from, to }))),
      ...(ignoreClients || !source ? [] : openProblems(source, demoting)),
    ],
  }
}

/** What was interrupted leaves no primary, or one that cannot be written: then the rest is still to be done. */
function mayMove({ verdict }: PairImage): boolean {
  return verdict === 'healthy' || verdict === 'behind' || verdict === 'no-primary' || verdict === 'cut-off'
}

/** Ceph would promote it, and what was written at the source since would be lost. */
function hasOlder(image: PairImage, { from, to }: Direction): boolean {
  const [source, target] = [sideAt(image, from).image, sideAt(image, to).image]
  return source !== undefined && target !== undefined && wasPrimaryLater(source, target)
}

/** A slip in a name must not leave an image out. */
export function unknownNames(pair: Pair, images: readonly string[] = []): string[] {
  const unknown = images.filter((name) => !pair.images.some((image) => image.name === name))
  return unknown.length > 0 ? [`no such mirrored image: ${listed(unknown)}`] : []
}

function openProblems(source: SiteImages, images: readonly PairImage[]): string[] {
  const names = new Set(images.map(({ name }) => name))
  return [...openImages(source)]
    .filter(([name]) => names.has(name))
    .map(([name, addresses]) => `${name} is open at a client, ${addresses.join(' and ')}: stop it first`)
}

export interface Acceptance {
  /** Promote also what falls back further than to the last state that had arrived whole. */
  readonly acceptOlder: boolean
  /** Keep that state before; what never had one is left as it is. */
  readonly rescue: boolean
}

/** What a forced failover does: the target alone is asked. */
export function decideForced(
  looks: readonly [SiteLook, SiteLook],
  { to, images }: Direction,
  { acceptOlder, rescue }: Acceptance,
): Decision {
  const pair = joinPair(...looks)
  const copies = pair.images.filter((image) => sideAt(image, to).image && (images?.includes(image.name) ?? true))
  const done = copies.filter((image) => copyIs(({ primary, cutOff }) => primary && !cutOff, image, to))
  const rest = copies.filter((image) => !done.includes(image))
  const pieces = rest.filter((image) => copyIs((copy) => isPiece(copy, sideAt(image, to).status), image, to))
  const half = rest.filter((image) => !pieces.includes(image) && copyIs(isHalfSynced, image, to))
  return {
    moving: acceptOlder ? rest : rest.filter((image) => !pieces.includes(image)),
    demoting: [],
    done,
    half,
    pieces,
    problems: [
      ...unknownNames(pair, images),
      ...(acceptOlder || rescue ? [] : [...sayPieces(namesOf(pieces)), ...sayHalf(namesOf(half))]),
    ],
  }
}

function copyIs(what: (copy: SiteImage) => boolean, image: PairImage, to: string): boolean {
  const { image: copy } = sideAt(image, to)
  return copy !== undefined && what(copy)
}

function namesOf(images: readonly PairImage[]): string[] {
  return images.map(({ name }) => name)
}

function sayHalf(names: readonly string[]): string[] {
  if (names.length === 0) return []
  return [
    `of ${names.length} the newest mirror snapshot has arrived only in part (${listed(names)}): promoting falls back further than to the one before it. If the source may come back, wait. Else keep the last whole state as a copy before they are promoted: -e rescue=true; or do without it: -e accept_older=true`,
  ]
}

function sayPieces(names: readonly string[]): string[] {
  if (names.length === 0) return []
  return [
    `of ${names.length} the first copy has never arrived whole (${listed(names)}): what is here is a piece of the image, and a guest would not start from it. If the source may come back, wait. Else leave such pieces as they are, and promote the others: -e rescue=true; or promote them, too: -e accept_older=true`,
  ]
}

/** What is known of each image before its role is changed, for the record. */
export function recordImages(
  images: readonly PairImage[],
  to: string,
  now: number,
  canaries: readonly CanaryView[] = [],
): ImageRecord[] {
  const canary = canaries.find((view) => view.to === to)?.seconds
  return images.map((image) => {
    const lastTime = lastArrival(image, to, canary === undefined ? undefined : now - canary)
    const { replay } = sideAt(image, to).status ?? {}
    return {
      name: image.name,
      globalId: image.globalId,
      mode: image.mode,
      primary: image.primary ?? null,
      verdict: image.verdict,
      last: lastWords(image, to),
      lastTime,
      atRisk: lastTime === null ? null : Math.max(0, now - lastTime),
      entriesBehind: replay?.mode === 'journal' ? replay.entriesBehind : null,
      ids: Object.fromEntries(image.sides.flatMap(({ site, image: side }) => (side ? [[site, side.id]] : []))),
      result: null,
      kept: null,
    }
  })
}

/**
 * Until when all that was written is known to have arrived, in seconds since 1970. A daemon goes on reporting when its
 * peer is dead; so, where there is no canary, the word of the peer counts, if it ever reported.
 */
function lastArrival(image: PairImage, to: string, canary: number | undefined): number | null {
  const { status, image: copy } = sideAt(image, to)
  if (image.mode === 'snapshot') {
    const whole = copy?.snapshots?.findLast(({ complete, state }) => complete && state.startsWith('non-primary'))
    const told = status?.replay?.mode === 'snapshot' ? status.replay.localSnapshot : undefined
    return told ?? whole?.time ?? status?.lastUpdate ?? null
  }
  if (canary !== undefined) return canary
  const reports = [status?.lastUpdate, ...(status?.peers ?? []).map(({ lastUpdate }) => lastUpdate)]
  const known = reports.filter((time) => time !== undefined)
  return known.length > 0 ? Math.min(...known) : null
}

function lastWords(image: PairImage, to: string): string {
  const { status } = sideAt(image, to)
  if (!status) return 'no report'
  const { replay, up, state } = status
  const head = `${up ? 'up' : 'down'}+${state}`
  if (replay?.mode === 'journal') return `${head}, ${replay.entriesBehind} entries behind`
  if (replay?.mode === 'snapshot') return `${head}, ${replay.state}`
  return status.description ? `${head}, ${status.description}` : head
}
