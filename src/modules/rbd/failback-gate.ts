import { listed } from './batch.ts'
import { unknownNames } from './gates.ts'
import { joinPair, type PairImage, sideAt } from './pair.ts'
import { sayProblems } from './problems.ts'
import { type DrRecord, moment } from './record.ts'
import { openImages, type SiteLook } from './site-images.ts'

/** What a failback is to do. */
export interface FailbackDecision {
  /** Images that are primary at the winner, or will be the only primary once the loser is demoted. */
  readonly images: readonly PairImage[]
  /** Of these, those that the loser still has as primary. */
  readonly demoting: readonly PairImage[]
  /** What makes a choice necessary, an image a line; empty when nothing diverged. */
  readonly divergence: readonly string[]
  /** That images were named which are not there. */
  readonly unknown: readonly string[]
  readonly problems: readonly string[]
}

export interface FailbackChoice {
  /** The site whose writes are given up. */
  readonly loser: string
  readonly winner: string
  /** Default: all. */
  readonly images?: readonly string[] | undefined
  readonly ignoreClients: boolean
}

/** What has to be done until the loser follows the winner; nothing is decided here that a person must decide. */
export function decideFailback(
  looks: readonly [SiteLook, SiteLook],
  { loser, winner, images, ignoreClients }: FailbackChoice,
  records: readonly DrRecord[],
): FailbackDecision {
  const pair = joinPair(...looks)
  const chosen = pair.images.filter(({ name }) => images?.includes(name) ?? true)
  const kept = chosen.filter((image) => sideAt(image, winner).image?.primary)
  const demoting = kept.filter((image) => sideAt(image, loser).image?.primary)
  const found = looks.find(({ site }) => site === loser)?.found
  const open = found ? openImages(found) : new Map<string, readonly string[]>()
  const unknown = unknownNames(pair, images)
  return {
    images: kept,
    demoting,
    divergence: chosen.filter(isTorn).map((image) => describeTorn(image, records)),
    unknown,
    problems: [
      ...unknown,
      ...chosen.filter((image) => !kept.includes(image) && isTorn(image)).map((image) => notPrimary(image, winner)),
      ...sayProblems(kept.filter(({ verdict }) => verdict === 'cut-off')),
      ...(ignoreClients ? [] : demoting.flatMap(({ name }) => sayOpen(name, loser, open.get(name)))),
    ],
  }
}

function isTorn({ verdict }: PairImage): boolean {
  return verdict === 'two-primaries' || verdict === 'split-brain' || verdict === 'no-primary'
}

function notPrimary({ name, verdict }: PairImage, winner: string): string {
  if (verdict === 'no-primary')
    return `${name} is primary nowhere, so there is nothing to copy it from: playbook dr failover --to ${winner} makes it primary there without loss, or says why it cannot`
  return `${name} is not primary at ${winner}, so there is nothing to copy it from: playbook dr failover --force --to ${winner} --declared SITE makes it primary there; or name the other site as the loser`
}

function sayOpen(name: string, loser: string, addresses: readonly string[] | undefined): string[] {
  if (!addresses) return []
  return [`${name} is still open at a client of ${loser}, ${addresses.join(' and ')}: stop it first`]
}

/** What is known of both sides of an image that diverged, so that somebody can choose. */
function describeTorn(image: PairImage, records: readonly DrRecord[]): string {
  const sides = image.sides.map(({ site, image: side }) => {
    if (!side) return `${site} has none`
    const modified = side.modified === undefined ? '' : `, last written about ${moment(side.modified)}`
    return `${site} ${side.primary ? 'is primary' : 'is demoted'}${modified}`
  })
  const record = records.findLast(
    ({ kind, images }) => kind === 'forced failover' && images.some(({ globalId }) => globalId === image.globalId),
  )
  const history = record
    ? `; forced to ${record.to} at ${moment(record.started)}${record.reason ? ` (${record.reason})` : ''}`
    : ''
  return `${image.name}: ${sides.join('; ')}${history}`
}

/** What the operator is told when no loser was named: never chosen for them. */
export function askForLoser(divergence: readonly string[], sites: readonly [string, string]): string {
  const [a, b] = sites
  return `${divergence.length} images have been written on both sites, or cannot be told apart: ${listed(divergence, 5)}. Choose whose writes are given up (they are kept as copies): -e loser=${a} keeps what ${b} has, -e loser=${b} keeps what ${a} has`
}

interface Copied {
  readonly name: string
  /** Tells this state of the image from every other one: its id, where no other state of the same id is ever kept. */
  readonly id: string
}

/** The name under which something of an image is kept: one that exists for this very state goes on being its name. */
export function copyName(
  copied: Copied,
  what: 'diverged' | 'rescued',
  { now, others }: { readonly now: number; readonly others: readonly string[] },
): string {
  const date = new Date(now * 1000).toISOString().slice(0, 10)
  return knownCopy(copied, what, others) ?? `${copied.name}.${what}-${date}-${copied.id}`
}

/** Whether an image has the name of a copy that was kept, of whatever image. */
export function isKeptCopy(name: string): boolean {
  return /.\.(diverged|rescued)-\d{4}-\d{2}-\d{2}-./.test(name)
}

/** The copy that was kept of a state of an image. */
export function knownCopy(
  { name, id }: Copied,
  what: 'diverged' | 'rescued',
  others: readonly string[],
): string | undefined {
  return others.find((other) => other.startsWith(`${name}.${what}-`) && other.endsWith(`-${id}`))
}
