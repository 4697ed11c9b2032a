import { block, type TaskItem } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { listed } from '../modules/rbd/batch.ts'
import { askForLoser, copyName, decideFailback, knownCopy } from '../modules/rbd/failback-gate.ts'
import { recordImages } from '../modules/rbd/gates.ts'
import { poolSpec } from '../modules/rbd/names.ts'
import { type PairImage, sideAt } from '../modules/rbd/pair.ts'
import { type ImageRecord, openRecord } from '../modules/rbd/record.ts'
import type { SiteImages } from '../modules/rbd/site-images.ts'
import { siteRecord, siteRecords } from '../modules/rbd/site-record.ts'
import { siteRole } from '../modules/rbd/site-role.ts'
import { siteCopies, siteResync } from '../modules/rbd/site-work.ts'
import { plannedFailoverPlays } from './dr-failover.ts'
import { hookPlays } from './dr-hooks.ts'
import {
  leftAt,
  lookAtPair,
  namesOf,
  otherOf,
  waitFor,
  waitForTheDead,
  waitUntilClosed,
  waitUntilSettled,
  wanted,
} from './dr-look.ts'
import type { FailoverOptions } from './dr-options.ts'
import { onAdminOf } from './mirror-site.ts'

export interface FailbackOptions extends Omit<FailoverOptions, 'from' | 'to'> {
  readonly sites: readonly [string, string]
  /** The site whose writes are given up where both have some. Never chosen here. */
  readonly loser?: string | undefined
  /** Keep what is given up as copies, not mirrored. */
  readonly keep: boolean
  /** Seconds that a full copy of everything may take. */
  readonly copyWait: number
  /** Move the primary role to the loser once it has everything. */
  readonly handBack: boolean
}

/** After a forced failover: the site that was lost follows the one that took over, and may then be primary again. */
export function failbackPlays(options: FailbackOptions): Play[] {
  const { sites, loser, handBack } = options
  if (loser === undefined) return [choicePlay(options)]
  const winner = otherOf(sites, loser)
  return [
    ...follow(options, loser, winner),
    ...(handBack ? plannedFailoverPlays({ ...options, from: winner, to: loser }) : []),
  ]
}

/** Without a loser named there is nothing to do but say what diverged, if anything did. */
function choicePlay(options: FailbackOptions): Play {
  const { sites } = options
  const look = lookAtPair(options, { detail: true })
  const records = task('Read the records', siteRecords({}))
  const found = (context: TaskContext) =>
    decideFailback(
      look.looks(context),
      { ...options, loser: sites[0], winner: sites[1], ignoreClients: true },
      sites.flatMap((site) => leftAt(context, records, site)),
    )
  return play({
    name: 'What diverged',
    hosts: `${sites.join(':')}:&mons`,
    become: true,
    anyErrorsFatal: true,
    tasks: [
      look.task,
      records,
      block({
        when: onAdminOf(sites[0]),
        tasks: [
          task(
            'See whether somebody has to choose',
            assert((context) => {
              const { unknown, divergence } = found(context)
              if (unknown.length > 0) return { that: false, message: listed(unknown) }
              return { that: divergence.length === 0, message: askForLoser(divergence, sites) }
            }),
          ),
        ],
      }),
    ],
  })
}

function follow(options: FailbackOptions, loser: string, winner: string): Play[] {
  const { pool, namespace, images, ignoreClients, keep, wait, copyWait, parallel, operator, reason, hooks } = options
  const many = { pool, namespace, parallel }
  const look = lookAtPair({ pool, namespace, sites: [loser, winner] }, { detail: true })
  const records = task('Read the records', siteRecords({}))
  const guests = (hooks?.forgetGuests ?? hooks?.stopGuests) !== undefined
  const choice = { loser, winner, images, ignoreClients: ignoreClients || guests }
  const decide = (context: TaskContext) => decideFailback(look.looks(context), choice, leftAt(context, records, winner))
  const demoting = (context: TaskContext) => namesOf(decide(context).demoting)
  const draft = (context: TaskContext) => ({
    kind: 'failback' as const,
    pool: poolSpec({ pool, namespace }),
    from: loser,
    to: winner,
    operator: operator ?? null,
    reason: reason ?? null,
    notes: [`${loser} gives up its writes where both have some; its copies are ${keep ? '' : 'not '}kept`],
    images: recordImages(decide(context).images, loser, look.at(context, winner)?.now ?? 0),
    time: look.at(context, winner)?.now ?? 0,
  })
  const begun = task(
    'Record what was found',
    siteRecord((context) => ({ draft: draft(context) })),
  )
  const open = (context: TaskContext) => openRecord(leftAt(context, records, winner), draft(context))
  const due = (context: TaskContext) => decide(context).images.some(isUnsettled) || open(context) !== undefined
  const recorded = (context: TaskContext) => (due(context) ? leftAt(context, begun, winner).images : [])
  const settled = waitUntilSettled(`Wait until ${loser} knows what diverged`, wait, (context) => ({
    pool,
    namespace,
    images: wanted(decide(context).images.filter((image) => sideAt(image, loser).image)),
  }))

  /** What is thrown away: by the id that it had when it was found to have diverged, so that no new copy ever is. */
  const doomed = (context: TaskContext) => {
    const { site } = leftAt(context, settled.task, loser)
    const ids = new Map(site.images.map(({ name, id }) => [name, id]))
    const found = new Map(recorded(context).map(({ name, ids }) => [name, ids[loser]]))
    const fresh = new Set(decide(context).demoting.map(({ name }) => name))
    return settled.diverged(context, loser).flatMap((name) => {
      const id = ids.get(name)
      return id !== undefined && (fresh.has(name) || found.get(name) === id) ? [{ name, id }] : []
    })
  }
  const copies = (context: TaskContext) => {
    const { now = 0, others = [] } = look.at(context, loser) ?? {}
    return doomed(context).map(({ name, id }) => ({
      name,
      id,
      copy: copyName({ name, id }, 'diverged', { now, others }),
    }))
  }
  const whole = waitFor(`Wait until ${loser} has whole copies that follow`, copyWait, (context) => {
    const old = new Map(doomed(context).map(({ name, id }) => [name, id]))
    return {
      pool,
      namespace,
      images: wanted(decide(context).images).map((image) => ({ ...image, oldId: old.get(image.name) })),
      until: 'copied',
    }
  })
  const results = (context: TaskContext) =>
    Object.fromEntries(
      recorded(context).map((image) => [image.globalId, became(image, loser, leftAt(context, whole, loser).site)]),
    )
  const atLoser = onAdminOf(loser)
  const atWinner = onAdminOf(winner)
  const step = (name: string, tasks: TaskItem[]) =>
    play({ name, hosts: `${loser}:${winner}:&mons`, become: true, anyErrorsFatal: true, tasks })
  return [
    step(`Who still uses ${loser}?`, [waitForTheDead(options, loser)]),
    step(`May ${loser} follow ${winner}?`, [
      look.task,
      block({
        when: atWinner,
        tasks: [
          records,
          task(
            'See that it can be done',
            assert((context) => refusal(decide(context), winner)),
          ),
          block({ when: due, tasks: [begun] }),
        ],
      }),
    ]),
    ...hookPlays({
      hooks,
      what: 'forgetGuests',
      site: loser,
      images: (context) => namesOf(decide(context).images),
      when: (context) => decide(context).images.length > 0,
    }),
    step(`${loser} follows ${winner}`, [
      block({
        when: atLoser,
        tasks: [
          ...(guests && !ignoreClients ? [waitUntilClosed({ pool, namespace }, demoting)] : []),
          task(
            `Demote at ${loser}`,
            siteRole((context) => ({
              ...many,
              role: 'secondary',
              images: demoting(context),
              ignoreClients,
              clientsLeave: guests,
            })),
          ),
          settled.task,
          ...(keep
            ? [
                task(
                  'Keep what diverged as copies',
                  siteCopies((context) => ({ pool, namespace, images: copies(context) })),
                ),
              ]
            : []),
        ],
      }),
      block({
        when: atWinner,
        tasks: [
          waitFor(`See that ${winner} still has every image`, 30, (context) => ({
            pool,
            namespace,
            images: wanted(decide(context).images),
            until: 'primary',
          })),
        ],
      }),
      block({
        when: atLoser,
        tasks: [
          task(
            'Copy what diverged anew',
            siteResync((context) => ({ ...many, images: doomed(context) })),
          ),
          whole,
        ],
      }),
      block({
        when: (context) => atWinner(context) && due(context),
        tasks: [
          task(
            'Record what was done',
            siteRecord((context) => ({
              draft: draft(context),
              results: results(context),
              finished: leftAt(context, whole, loser).site.now,
            })),
          ),
        ],
      }),
    ]),
  ]
}

/** Nothing is to be recorded of one that follows as it should. */
function isUnsettled({ verdict }: PairImage): boolean {
  return verdict !== 'healthy' && verdict !== 'behind'
}

/** What became of an image, as the loser has it in the end: also of what a run that was interrupted did. */
export function became({ name, globalId, ids }: ImageRecord, loser: string, { images, others }: SiteImages) {
  const had = ids[loser]
  const has = images.find((image) => image.globalId === globalId)?.id
  const result = `${loser} follows${had !== undefined && had !== has ? ', copied anew' : ''}`
  const kept = had === undefined ? undefined : knownCopy({ name, id: had }, 'diverged', others)
  return kept === undefined ? { result } : { result, kept }
}

function refusal({ images, problems }: ReturnType<typeof decideFailback>, winner: string) {
  const message =
    problems.length > 0
      ? `nothing was changed: ${listed(problems, 5)}`
      : `no image is primary at ${winner}, so there is nothing to follow`
  return { that: problems.length === 0 && images.length > 0, message }
}
