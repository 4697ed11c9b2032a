import type { HostFacts } from './host.ts'
import type { SiteFacts } from './site.ts'
import type { UserFacts } from './users.ts'

/** Something that keeps mirroring from working, or that a change of roles would stumble over. */
export interface Pitfall {
  /** One word for it, for programs. */
  readonly kind: string
  /** The site or host that it is at. */
  readonly where: string
  readonly seen: string
  readonly mend: string
  /** Nothing must be changed before it is mended; otherwise it is a warning. */
  readonly stops: boolean
  /** `link`: two sites that are not linked yet suffer from it, too. `use`: only a link that stands has it. */
  readonly stage: 'link' | 'use'
}

/** What was seen of both sites, and what they are meant to be. */
export interface PreflightFacts {
  readonly pool: string
  readonly sides: readonly [SideFacts, SideFacts]
}

export interface SideFacts {
  readonly site: string
  /** What its peers call it. */
  readonly name: string
  /** Whether it is meant to have copies of what is primary at the other. */
  readonly receives: boolean
  /** The user of its daemons: `client.rbd-mirror.east`. */
  readonly user: string
  /** Users that the inventory has for the daemons of its mirror hosts, without `client.`. */
  readonly daemons: readonly string[]
  readonly facts: SiteFacts
  readonly users: Readonly<Record<string, UserFacts | undefined>>
  /** Its mirror hosts that could be looked at. */
  readonly hosts: readonly { readonly name: string; readonly facts: HostFacts }[]
}

export type Sides = readonly [own: SideFacts, other: SideFacts]

/** A pitfall of a link that stands, which keeps it from working. */
export function stop(kind: string, where: string, seen: string, mend: string): Pitfall {
  return { kind, where, seen, mend, stops: true, stage: 'use' }
}

/** One that costs nothing yet. */
export function warning(kind: string, where: string, seen: string, mend: string): Pitfall {
  return { kind, where, seen, mend, stops: false, stage: 'use' }
}

/** The same, of sites that are not linked yet. */
export function early(pitfall: Pitfall): Pitfall {
  return { ...pitfall, stage: 'link' }
}
