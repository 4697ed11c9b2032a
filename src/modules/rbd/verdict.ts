import { wasPrimaryLater } from './last-role.ts'
import type { SiteImage, SiteImages, SiteLook } from './site-images.ts'
import { freshSeconds, hasCaughtUp, type ImageStatus, isFresh } from './status.ts'

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

export interface Judgement {
  readonly verdict: Verdict
  /** What is wrong, in words; undefined when nothing is. */
  readonly problem?: string
  /** What mends it. */
  readonly mend?: string
}

/** An image as one of the two sites has it. */
export interface Side {
  readonly site: string
  readonly image: SiteImage | undefined
  readonly status: ImageStatus | undefined
  /** Seconds since the daemon last reported; undefined when it never did. */
  readonly age: number | undefined
}

/** How an image stands, by what both sites have of it, and what is to be done about it. */
export function verdictOf(
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
  if (last.length > 0) return withNews(last)
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

function withNews([site = '', other]: readonly string[]): Judgement {
  if (other === undefined)
    return {
      verdict: 'no-primary',
      problem: `it is primary nowhere; ${site} was primary last, and the other site does not have all that was written there`,
      mend: `playbook dr failover --to ${site}; once the other site follows, it can be moved there`,
    }
  return {
    verdict: 'no-primary',
    problem:
      'it was demoted at both sites, and neither has heard of the other since: where it was written last is not known',
    mend: `compare the two (rbd export, read only), and keep what ${site} has: playbook dr failover --force --to ${site} --declared ${other}; or the other way round`,
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
