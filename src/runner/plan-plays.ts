import { InputError } from '../core/errors.ts'
import type { Inventory } from '../core/host.ts'
import type { Play } from '../core/playbook.ts'
import { mayAdd } from './growth.ts'
import { inOrder } from './order.ts'
import { type Schedule, schedulePlay } from './schedule.ts'
import { everything, refuseUnknownTags } from './tags.ts'

/** Plays, the hosts that there are, and what narrows either (see RunSettings). */
export interface PlanRequest {
  readonly plays: readonly Play[]
  readonly inventory: Inventory
  readonly settings?: {
    readonly limit?: string | undefined
    readonly tags?: readonly string[]
    readonly skipTags?: readonly string[]
  }
}

/** A play with the hosts that it will run on. */
export interface PlannedPlay {
  readonly schedule: Schedule
  /** As far as the inventory tells. */
  readonly hosts: readonly string[]
  /** Groups and hosts that plays before it may add to the inventory. */
  readonly expected: readonly string[]
  /** Those that it may add itself. */
  readonly mayAdd: readonly string[]
}

/**
 * What a run would do where, without touching a host: for `--list-hosts` and `--list-tasks`, and to find a bad pattern
 * before anything is done.
 */
export function planPlays({ plays, inventory, settings = {} }: PlanRequest) {
  const { limit, tags = [], skipTags = [] } = settings
  refuseUnknownTags(plays, { tags, skipTags })
  const additions = plays.map((play, index) => mayAdd(schedulePlay(play, index, everything)))
  const limited = limitedTo(limit, inventory.expecting(additions.flat()))
  if (limited?.size === 0) throw new InputError({ summary: `--limit: no host matches "${limit}"` })
  return plays.map((play, index): PlannedPlay => {
    const expected = additions.slice(0, index).flat()
    return {
      schedule: schedulePlay(play, index, { tags, skipTags }),
      hosts: hostsOf(play, inventory.expecting(expected), limited),
      expected,
      mayAdd: additions[index] ?? [],
    }
  })
}

/** The hosts of a play, in its order, of those that a limit leaves. */
export function hostsOf(play: Play, inventory: Inventory, limited: ReadonlySet<string> | undefined): readonly string[] {
  return inOrder([...namesIn(inventory, play.hosts)], play.order).filter((name) => limited?.has(name) ?? true)
}

/** Added hosts are subject to it, too: it is asked anew for each play. */
export function limitedTo(limit: string | undefined, inventory: Inventory): ReadonlySet<string> | undefined {
  return limit === undefined ? undefined : namesIn(inventory, limit)
}

function namesIn(inventory: Inventory, pattern: string): ReadonlySet<string> {
  return new Set(inventory.select(pattern).map(({ name }) => name))
}
