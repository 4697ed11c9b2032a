import { describe, expect, test } from '@jest/globals'
import type { PlayItem } from '../../src/core/block.ts'
import type { Command } from '../../src/core/command.ts'
import type { Host } from '../../src/core/host.ts'
import type { Look } from '../../src/core/look.ts'
import { type Play, play } from '../../src/core/playbook.ts'
import { type Task, type TaskContext, type TaskOptions, task } from '../../src/core/task.ts'
import { debug } from '../../src/modules/debug.ts'
import { decideFailback } from '../../src/modules/rbd/failback-gate.ts'
import { joinPair } from '../../src/modules/rbd/pair.ts'
import { beginRecord, type DrRecord } from '../../src/modules/rbd/record.ts'
import type { SiteImage } from '../../src/modules/rbd/site-images.ts'
import { readiness } from '../../src/roles/dr-drill.ts'
import { became } from '../../src/roles/dr-failback.ts'
import { plannedFailoverPlays } from '../../src/roles/dr-failover.ts'
import { forcedFailoverPlays, rescuedCopy } from '../../src/roles/dr-forced.ts'
import { waitFor } from '../../src/roles/dr-look.ts'
import { demoteImages, promoteImages, resyncImages } from '../../src/roles/mirrored-images.ts'
import { noNamespaces, teardownPlays } from '../../src/roles/teardown.ts'
import { now, silent, site, words } from '../modules/rbd/site-cases.ts'

const host = (name: string, of: string): Host => ({ name, groups: [of, 'mons'], vars: { site: of } })
const [east, west] = [host('e1', 'east'), host('w1', 'west')]

/** What tasks have left so far, by `task host`. */
type Left = Readonly<Record<string, unknown>>

/** By default at west's first monitor. */
const context = (left: Left, here = west): TaskContext => {
  const at = (task: Task<unknown>, of: Host | string = here) => `${task.name} ${typeof of === 'string' ? of : of.name}`
  return {
    host: here,
    hosts: (pattern) => [east, west].filter(({ vars }) => pattern.startsWith(String(vars.site))),
    output: (task, of) => {
      if (!(at(task, of) in left)) throw new Error(`${at(task, of)} left nothing`)
      return left[at(task, of)] as never
    },
    changed: (task, of) => at(task, of) in left,
    mayHaveChanged: () => false,
    ran: (task, of) => at(task, of) in left,
  }
}

/** The task of that name, if all conditions around it hold; by default at west's first monitor. */
function due(plays: readonly Play[], name: string, left: Left, here = west): Task | undefined {
  const holds = (when: TaskOptions['when']) => when?.(context(left, here)) ?? true
  const within = (items: readonly PlayItem[]): Task[] => items.flatMap(tasksDue)
  const tasksDue = (item: PlayItem): Task[] => {
    if (item.kind === 'task') return item.name === name && holds(item.options.when) ? [item] : []
    if (item.kind !== 'block') return []
    const tasks = within([...item.tasks, ...item.rescue, ...item.always])
    return tasks.length > 0 && holds(item.when) ? tasks : []
  }
  return within(plays.flatMap(({ items }) => items))[0]
}

/** The images that a task is about, as it would send them. */
async function imagesOf(task: Task | undefined, left: Left): Promise<unknown> {
  let images: unknown
  const answer = { ...site('west', []).found }
  const look = {
    json: async ({ stdin }: Command) => {
      if (stdin !== undefined) images = JSON.parse(String(stdin)).images
      return stdin === undefined ? answer.status : { ...answer, others: [] }
    },
  } as unknown as Look
  await task?.call.prepare(context(left)).observe(look)
  return images
}

const options = { pool: 'vms', from: 'east', to: 'west', ignoreClients: false, wait: 600, parallel: 16 }
const done = { name: 'a', ...words.primary }
const copy = { name: 'b', ...words.behind }
const openRecord = (kind: DrRecord['kind'], names: readonly string[]): DrRecord =>
  beginRecord([], {
    kind,
    pool: 'vms',
    from: 'east',
    to: 'west',
    operator: null,
    reason: null,
    notes: [],
    time: now - 100,
    images: names.map((name) => ({
      name,
      globalId: `global-${name}`,
      mode: 'journal',
      primary: 'east',
      verdict: 'healthy',
      last: '-',
      lastTime: null,
      atRisk: null,
      entriesBehind: null,
      ids: {},
      result: null,
      kept: null,
    })),
  })

describe('a failover that was interrupted between promotion and proof', () => {
  const follows = site('east', [{ name: 'a', ...words.replayed }])
  const left = (records: readonly DrRecord[]): Left => ({
    'See the images of each site e1': follows.found,
    'See the images of each site w1': site('west', [done]).found,
    'Read the records w1': records,
  })
  const plays = plannedFailoverPlays(options)

  test('is proven and recorded by the next run, though nothing is left to move', async () => {
    const found = left([openRecord('failover', ['a'])])
    expect(due(plays, 'Record what was done', found)).toBeDefined()
    expect(await imagesOf(due(plays, 'Prove that west can write', found), found)).toEqual(['a'])
  })

  test('has nothing left to do once its record is finished, or where there never was one', () => {
    for (const records of [[], [{ ...openRecord('failover', ['a']), finished: now - 50 }]])
      expect(due(plays, 'Record what was done', left(records))).toBeUndefined()
  })

  test('is taken for given up after a week: what it found tells nothing of this one', () => {
    const week = 7 * 86_400
    const old = { ...openRecord('failover', ['a']), started: now - week }
    expect(due(plays, 'Record what was done', left([old]))).toBeUndefined()
  })
})

describe('a target that cannot be looked at', () => {
  test.each([
    [plannedFailoverPlays(options), 'See that nothing would be lost'],
    [forcedFailoverPlays({ ...options, acceptOlder: false, rescue: false }), 'See whether it may be done'],
  ])('ends a failover with its name, and with where the reason is', async (plays, gate) => {
    const left = { 'Read the records w1': [], 'Try the monitors of east from the hosts of west w1': [] }
    const look = {} as Look
    const judged = Promise.resolve().then(() => due(plays, gate, left)?.call.prepare(context(left)).observe(look))
    await expect(judged).rejects.toThrow('nothing was changed: west cannot be looked at')
  })
})

describe('a forced failover that goes on', () => {
  const plays = forcedFailoverPlays({ ...options, acceptOlder: false, rescue: false })

  test('looks at all images before daemons start again, also at those that the run before has promoted', async () => {
    const left = {
      'See the images of each site w1': site('west', [done, copy]).found,
      'Try the monitors of east from the hosts of west w1': [],
      'Read the records w1': [openRecord('forced failover', ['a', 'b'])],
    }
    expect(await imagesOf(due(plays, 'See what is promoted', left), left)).toEqual(['b', 'a'])
  })
})

test('guests start after a forced failover: their hosts know of it only by what the first monitor has seen', () => {
  const start = task('Start the guests', debug({ message: 'start' }))
  const hooks = { hosts: (of: string) => `${of}:&hypervisors`, startGuests: () => [start] }
  const plays = forcedFailoverPlays({ ...options, acceptOlder: false, rescue: false, hooks })
  const hypervisor = { name: 'h1', groups: ['west'], vars: { site: 'west' } }
  const before = {
    'See the images of each site w1': site('west', [copy]).found,
    'Read the records w1': [],
    'Record what was found w1': openRecord('forced failover', ['b']),
  }
  const proven = { ...before, 'Prove that west can write w1': {}, 'See the time w1': 1 }
  expect(due(plays, start.name, before, hypervisor)).toBeUndefined()
  expect(due(plays, start.name, proven, hypervisor)).toBe(start)
})

describe('the record of a change at one site that was interrupted', () => {
  const mirrored = (name: string, { primary = false, id = '1' } = {}) => ({
    info: { name, id, features: [], mirroring: { globalId: `global-${name}`, primary, mode: 'journal' } },
    status: undefined,
  })
  const roles = {
    demotion: demoteImages({ pool: 'vms', image: 'a', ignoreClients: false }),
    promotion: promoteImages({ pool: 'vms', image: 'a', force: false }),
    resync: resyncImages({ pool: 'vms', image: 'a', force: false }),
  }

  /** What became of each image, as the record has it in the end. */
  async function results(kind: keyof typeof roles, after: readonly ReturnType<typeof mirrored>[]) {
    const begun = openRecord(kind, ['a', 'b', 'c'])
    const images = begun.images.map((image) => ({ ...image, ids: { west: '1' } }))
    const record = { ...begun, from: null, images }
    const left = {
      'See what there is w1': { images: after.filter(({ info }) => info.name === 'a'), now },
      'Read the records w1': [record],
      'See what became of each image w1': { images: after, now },
    }
    const plays = [play({ name: 'one', hosts: 'west', tasks: roles[kind] })]
    const look = { text: async () => `${JSON.stringify(record)}\n` } as unknown as Look
    const seen = await due(plays, 'Record what was done', left)?.call.prepare(context(left)).observe(look)
    return (seen?.output as DrRecord | undefined)?.images.map(({ result }) => result)
  }

  test('tells of each image what it is, although this run is about one of them only', async () => {
    const after = [mirrored('a', { id: '2' }), mirrored('b', { primary: true })]
    expect(await results('demotion', after)).toEqual(['demoted', 'still primary', 'not mirrored any more'])
    expect(await results('promotion', after)).toEqual(['not promoted', 'primary', 'not promoted'])
    expect(await results('resync', after)).toEqual(['copied anew', 'not copied anew', 'no copy yet'])
  })

  test('is left alone where there is none, and nothing changes', () => {
    const left = { 'See what there is w1': { images: [mirrored('a')], now }, 'Read the records w1': [] }
    const plays = [play({ name: 'one', hosts: 'west', tasks: roles.demotion })]
    expect(due(plays, 'Record what was found', left)).toBeUndefined()
    expect(due(plays, 'Record what was done', left)).toBeUndefined()
  })
})

describe('the last whole state of a half-synced copy', () => {
  const half = (snapshot: number): SiteImage => {
    const [image] = site('west', [{ name: 'vm', mode: 'snapshot' }]).found?.images ?? []
    if (!image) throw new Error('there is no image')
    const incomplete = { id: snapshot, state: 'non-primary', complete: false, time: now, primarySnapshot: 1 } as const
    return { ...image, id: '12ab', snapshots: [incomplete] }
  }

  test('is kept under the same name by a second run, and under another when it happens again', () => {
    const first = rescuedCopy(half(7), { now, others: [] }).copy
    expect(first).toBe('vm.rescued-2026-11-22-12ab-7')
    const later = now + 86_400
    expect(rescuedCopy(half(7), { now: later, others: [first] }).copy).toBe(first)
    expect(rescuedCopy(half(9), { now: later, others: [first] }).copy).toBe('vm.rescued-2026-11-23-12ab-9')
  })
})

describe('what became of the loser', () => {
  const [image] = openRecord('failback', ['a']).images
  const found = site('east', [{ name: 'a' }]).found ?? { images: [] }
  const record = { ...image, ids: { east: 'old', west: '1' } } as DrRecord['images'][number]

  test('is told by what there is, so that a run which goes on tells also what the one before did', () => {
    const kept = 'a.diverged-2026-11-22-old'
    const there = { ...found, others: [kept, 'a.diverged-2026-11-20-older'] } as never
    expect(became(record, 'east', there)).toEqual({ result: 'east follows, copied anew', kept })
    expect(became({ ...record, ids: { east: 'east-a' } }, 'east', there)).toEqual({ result: 'east follows' })
  })
})

test('how far copies are is looked at by their global ids: an image may have been renamed at one site only', async () => {
  const images = [{ name: 'a', globalId: 'global-a' }]
  const waiting = waitFor('Wait', 30, () => ({ pool: 'vms', images, until: 'primary' }))
  expect(await imagesOf(waiting, {})).toEqual([])
})

describe('the end of mirroring', () => {
  test('is refused while namespaces of the pool are mirrored, which are named', () => {
    expect(noNamespaces('vms', { a: 'image', b: 'disabled' })).toMatchObject({
      that: false,
      message: expect.stringContaining(
        'mirroring is on in namespaces of vms, too, which have images of their own: vms/a.',
      ),
    })
    expect(noNamespaces('vms', { b: 'disabled' }).that).toBe(true)
  })
  test('is refused before the sites are cut apart while a copy that is to be kept is not whole', () => {
    const [keep, remove] = (['keep', 'delete'] as const).map(
      (copies) => teardownPlays({ pool: 'vms', sites: ['east', 'west'], copies })[0],
    )
    expect(keep?.anyErrorsFatal).toBe(true)
    expect(JSON.stringify(keep?.items)).toContain('See that every copy is whole')
    expect(JSON.stringify(remove?.items)).not.toContain('See that every copy is whole')
  })
})

describe('a name that is no image', () => {
  const looks = [site('east', [done]), site('west', [{ name: 'a', ...words.replayed }])] as const
  test('is told by a failback, with a loser and without', () => {
    const choice = { loser: 'west', winner: 'east', images: ['a', 'ab'], ignoreClients: false }
    const { unknown, problems } = decideFailback(looks, choice, [])
    expect({ unknown, problems }).toEqual({
      unknown: ['no such mirrored image: ab'],
      problems: ['no such mirrored image: ab'],
    })
  })
  test('fails a drill, which is evidence for all that were named', () =>
    expect(readiness(joinPair(...looks), { at: 'west', images: ['a', 'ab'] })).toMatchObject({
      that: false,
      message: expect.stringContaining('no such mirrored image: ab'),
    }))
})

describe('a drill', () => {
  test('is refused for images that are primary at both sites, which it could not try', () => {
    const pair = joinPair(site('east', [done, { name: 'b', ...words.primary }]), site('west', [done, copy]))
    expect(readiness(pair, { at: 'west', images: undefined })).toMatchObject({
      that: false,
      message: expect.stringContaining('a is two-primaries'),
    })
  })
  test('leaves images alone that are primary where it tries', () => {
    const pair = joinPair(
      site('east', [
        { name: 'a', ...words.replayed },
        { name: 'b', ...words.primary },
      ]),
      site('west', [done, copy]),
    )
    expect(readiness(pair, { at: 'west', images: undefined }).that).toBe(true)
  })
  test('has nothing to try where nothing is copied', () =>
    expect(readiness(joinPair(silent('east'), site('west', [])), { at: 'west', images: undefined }).message).toContain(
      'nothing is copied to west',
    ))
})
