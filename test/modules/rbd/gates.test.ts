import { describe, expect, test } from '@jest/globals'
import { askForLoser, copyName, decideFailback } from '../../../src/modules/rbd/failback-gate.ts'
import { decideForced, decidePlanned, recordImages } from '../../../src/modules/rbd/gates.ts'
import { joinPair } from '../../../src/modules/rbd/pair.ts'
import { withReasons } from '../../../src/modules/rbd/problems.ts'
import { beginRecord, type DrRecord, recordPage } from '../../../src/modules/rbd/record.ts'
import { type ImageCase, now, silent, site, words } from './site-cases.ts'

const names = (images: readonly { readonly name: string }[]) => images.map(({ name }) => name)

describe('a planned failover', () => {
  const decide = (east: readonly ImageCase[], west: readonly ImageCase[], ignoreClients = false) =>
    decidePlanned([site('east', east), site('west', west)], { from: 'east', to: 'west' }, { ignoreClients })

  test('demotes and promotes what is whole, and leaves what is there already', () => {
    const decision = decide(
      [
        { name: 'a', ...words.primary },
        { name: 'b', ...words.replayed },
      ],
      [
        { name: 'a', ...words.replayed },
        { name: 'b', ...words.primary },
      ],
    )
    expect(decision.problems).toEqual([])
    expect([names(decision.moving), names(decision.demoting), names(decision.done)]).toEqual([['a'], ['a'], ['b']])
  })

  test('goes on after an interruption between demotion and promotion', () => {
    const decision = decide([{ name: 'a', ...words.demoted }], [{ name: 'a', ...words.demoted }])
    expect([names(decision.moving), names(decision.demoting), decision.problems]).toEqual([['a'], [], []])
  })

  test.each([
    ['two primaries', words.primary, words.primary, 'a is two-primaries'],
    ['a split-brain', words.primary, words.splitBrain, 'a is split-brain'],
    [
      'a copy that nothing was heard of lately',
      words.primary,
      { ...words.replayed, lastUpdate: '2026-11-22 07:00:00' },
      'a is stale',
    ],
    [
      'an error',
      words.primary,
      { state: 'up+error', description: 'error bootstrapping replay' },
      'error bootstrapping',
    ],
  ])('refuses %s', (_, east, west, problem) => {
    const { problems } = decide([{ name: 'a', ...east }], [{ name: 'a', ...west }])
    expect(problems.join()).toContain(problem)
  })

  test('refuses when the source does not answer, and says what to do when it is lost', () => {
    const looks = [silent('east'), site('west', [{ name: 'a', ...words.replayed }])] as const
    const { problems } = decidePlanned(looks, { from: 'east', to: 'west' }, { ignoreClients: false })
    expect(problems).toEqual([
      'a is unseen: east cannot be looked at (if east is lost: playbook dr failover --force --to west)',
    ])
  })

  test('says once what many images have in common', () => {
    const old = { ...words.replayed, lastUpdate: '2026-11-22 07:00:00' }
    const older = { ...words.replayed, lastUpdate: '2026-11-22 06:59:00' }
    const east = ['a', 'b', 'c'].map((name) => ({ name, ...words.primary }))
    const { problems } = decide(east, [
      { name: 'a', ...old },
      { name: 'b', ...older },
      { name: 'c', ...words.replayed },
    ])
    expect(problems).toEqual([expect.stringMatching(/^a, b are stale: west last reported on it \d+ s ago/)])
    expect(withReasons('no', ['1', '2'])).toBe('no:\n1\n2')
    expect(withReasons('no', Array(12).fill('x')).split('\n').at(-1)).toBe('and 2 more')
  })

  describe('where an image is primary nowhere', () => {
    const demoted = (demotion: string, heard: string[] = []) => ({
      name: 'a',
      ...words.demoted,
      image: { lastRole: { role: 'demoted here' as const, demotion, heard } },
    })
    const heard = (demotion: string) => ({
      name: 'a',
      ...words.demoted,
      image: { lastRole: { role: 'demoted there' as const, demotion, heard: [demotion] } },
    })

    test('goes on to where the demotion has arrived, and back to where it was', () => {
      expect(decide([demoted('1.3')], [heard('1.3')])).toMatchObject({ problems: [], moving: [{ name: 'a' }] })
      expect(decide([heard('1.3')], [demoted('1.3')])).toMatchObject({ problems: [], moving: [{ name: 'a' }] })
    })

    test('refuses the site that has not heard that the other was primary since: Ceph would promote it', () => {
      expect(decide([demoted('16.3', ['7.1'])], [demoted('7.1')]).problems).toEqual([
        'a is no-primary: it is primary nowhere; east was primary last, and the other site does not have all that was written there (playbook dr failover --to east; once the other site follows, it can be moved there)',
      ])
      expect(decide([demoted('7.1')], [demoted('16.3', ['7.1'])]).problems).toEqual([])
    })

    test('refuses both where neither has heard of the other', () => {
      expect(decide([demoted('16.3')], [demoted('7.1')]).problems.join()).toContain(
        'dr failover --force --to east --declared west',
      )
    })
  })

  test('goes on, there or back, where a change of role was cut off: what is called primary cannot be written', () => {
    const cut = { name: 'a', mode: 'snapshot' as const, ...words.primary, image: { cutOff: true } }
    const copy = { name: 'a', mode: 'snapshot' as const, ...words.replayed }
    const looks = [site('east', [cut]), site('west', [copy])] as const
    const there = decidePlanned(looks, { from: 'east', to: 'west' }, { ignoreClients: false })
    expect([names(there.moving), names(there.demoting), there.problems]).toEqual([['a'], ['a'], []])
    const back = decidePlanned(looks, { from: 'west', to: 'east' }, { ignoreClients: false })
    expect([names(back.moving), names(back.demoting), names(back.done), back.problems]).toEqual([['a'], [], [], []])
  })

  test('goes on, there or back, where a demotion was cut off that the other site will never hear of', () => {
    const cut = { name: 'a', ...words.demoted, image: { cutOff: true } }
    const copy = { name: 'a', ...words.demoted }
    const looks = [site('east', [cut]), site('west', [copy])] as const
    const there = decidePlanned(looks, { from: 'east', to: 'west' }, { ignoreClients: false })
    expect([names(there.moving), names(there.demoting), there.problems]).toEqual([['a'], ['a'], []])
    const back = decidePlanned(looks, { from: 'west', to: 'east' }, { ignoreClients: false })
    expect([names(back.moving), names(back.demoting), back.problems]).toEqual([['a'], [], []])
  })

  test('refuses a copy that has not heard yet that the other site is primary', () => {
    const west = {
      name: 'a',
      ...words.replayed,
      image: { lastRole: { role: 'demoted here' as const, demotion: '7.1', heard: [] } },
    }
    const east = {
      name: 'a',
      ...words.primary,
      image: { lastRole: { role: 'primary' as const, demotion: undefined, heard: ['7.1'] } },
    }
    expect(decide([east], [west]).problems.join()).toContain('west has not heard yet that east is primary')
  })

  test('refuses an image that has no copy', () => {
    expect(decide([{ name: 'a', ...words.primary }], []).problems.join()).toContain('west has no copy')
  })

  test('refuses while a client has an image open, and names it; mirror daemons of both sites are none', () => {
    const watchers = [
      { address: '10.0.0.12:0/1', client: '42', entity: undefined },
      { address: '10.0.0.22:0/2', client: '77', entity: 'client.rbd-mirror-peer' },
      { address: '10.0.0.99:0/3', client: '99', entity: 'client.libvirt' },
    ]
    const east = [{ name: 'a', ...words.primary, image: { watchers } }]
    const west = [{ name: 'a', ...words.replayed }]
    expect(decide(east, west).problems).toEqual([
      'a is open at a client, 10.0.0.99:0/3 (client.libvirt): stop it first',
    ])
    expect(decide(east, west, true).problems).toEqual([])
    const quiet = [{ name: 'a', ...words.primary, image: { watchers: watchers.slice(0, 2) } }]
    expect(decide(quiet, west).problems).toEqual([])
  })

  test('moves only the images that are named, and says when one is not there', () => {
    const looks = [
      site('east', [
        { name: 'a', ...words.primary },
        { name: 'b', ...words.primary },
      ]),
      site('west', [
        { name: 'a', ...words.replayed },
        { name: 'b', ...words.splitBrain },
      ]),
    ] as const
    const chosen = decidePlanned(looks, { from: 'east', to: 'west', images: ['a'] }, { ignoreClients: false })
    expect([names(chosen.moving), chosen.problems]).toEqual([['a'], []])
    const wrong = decidePlanned(looks, { from: 'east', to: 'west', images: ['z'] }, { ignoreClients: false })
    expect(wrong.problems).toEqual(['no such mirrored image: z'])
  })
})

describe('a forced failover', () => {
  const snapshot = (complete: boolean) => ({
    id: 1,
    state: 'non-primary' as const,
    complete,
    time: now - 100,
    primarySnapshot: 5,
  })
  const half = { name: 'h', mode: 'snapshot' as const, image: { snapshots: [snapshot(true), snapshot(false)] } }
  const decide = (west: readonly ImageCase[], acceptOlder = false, rescue = false) =>
    decideForced([silent('east'), site('west', west)], { from: 'east', to: 'west' }, { acceptOlder, rescue })

  test('promotes the copies of the target, and leaves what is primary there', () => {
    const decision = decide([
      { name: 'a', ...words.replayed },
      { name: 'b', ...words.primary },
    ])
    expect([names(decision.moving), names(decision.done), decision.problems]).toEqual([['a'], ['b'], []])
  })

  test('refuses a copy that has arrived only in part, unless the older state is accepted', () => {
    expect(decide([half]).problems.join()).toContain('arrived only in part (h)')
    expect(decide([half], true)).toMatchObject({ problems: [], moving: [{ name: 'h' }] })
  })

  describe('a copy that never was whole', () => {
    const userSnapshots = ['.rbd-mirror.2abe59c2-db9c-410c-bcf0-1babcc9aa8f5.6278038e-ae1e-4cbb-b369-67585c2915e1']
    const pieces = [
      { name: 'j', state: 'down+syncing', image: { userSnapshots } },
      { name: 's', mode: 'snapshot' as const, image: { snapshots: [snapshot(false)] } },
      { name: 'n', mode: 'snapshot' as const, image: { snapshots: [] } },
    ]
    const whole = { name: 'a', ...words.replayed, image: { userSnapshots: [...userSnapshots, 'drill'] } }

    test('is refused, by journal and by snapshots', () =>
      expect(decide([whole, ...pieces]).problems.join()).toContain(
        'of 3 the first copy has never arrived whole (j, n, s)',
      ))
    test('is left as it is where whole states are kept: it has none', () =>
      expect(decide([whole, half, ...pieces], false, true)).toMatchObject({
        problems: [],
        moving: [{ name: 'a' }, { name: 'h' }],
        half: [{ name: 'h' }],
        pieces: [{ name: 'j' }, { name: 'n' }, { name: 's' }],
      }))
    test('is promoted where that is accepted', () =>
      expect(names(decide(pieces, true).moving)).toEqual(['j', 'n', 's']))
  })

  test('the record has the newest that arrived whole, and the seconds at risk', () => {
    const { moving } = decide([half, { name: 'j', ...words.behind }], true)
    expect(recordImages(moving, 'west', now)).toMatchObject([
      { name: 'h', lastTime: now - 100, atRisk: 100, primary: null, ids: { west: 'west-h' } },
      { name: 'j', atRisk: 10, last: 'up+replaying, 7 entries behind' },
    ])
  })
})

describe('a failback', () => {
  const choice = { loser: 'east', winner: 'west', ignoreClients: false }
  const decide = (east: readonly ImageCase[], west: readonly ImageCase[]) =>
    decideFailback([site('east', east), site('west', west)], choice, [])

  test('demotes what the loser still has as primary', () => {
    const decision = decide([{ name: 'a', ...words.primary }], [{ name: 'a', ...words.primary }])
    expect([names(decision.images), names(decision.demoting), decision.problems]).toEqual([['a'], ['a'], []])
  })

  test('an image that only the loser has, or has alone as primary, is left alone', () => {
    const decision = decide(
      [
        { name: 'a', ...words.primary },
        { name: 'b', ...words.primary },
      ],
      [{ name: 'b', ...words.replayed }],
    )
    expect([names(decision.images), names(decision.demoting)]).toEqual([[], []])
  })

  test('refuses when the winner is not primary: there is nothing to copy from', () => {
    const decision = decide([{ name: 'a', ...words.demoted }], [{ name: 'a', ...words.demoted }])
    expect(decision.problems.join()).toContain('a is primary nowhere')
    expect(decision.problems.join()).toContain('playbook dr failover --to west makes it primary there without loss')
    const torn = decide([{ name: 'a', ...words.demoted }], [{ name: 'a', ...words.splitBrain }])
    expect(torn.problems.join()).toContain('a is not primary at west')
    expect(torn.problems.join()).toContain('dr failover --force')
  })

  test('refuses when the winner cannot be written: a change of its role was cut off', () => {
    const cut = { name: 'a', mode: 'snapshot' as const, ...words.primary, image: { cutOff: true } }
    const decision = decide([{ name: 'a', mode: 'snapshot', ...words.replayed }], [cut])
    expect(decision.problems.join()).toContain('a is cut-off: it is called primary at west and cannot be written')
  })

  test('refuses while a client still writes at the loser', () => {
    const watchers = [{ address: '10.0.0.99:0/3', client: '99', entity: 'client.libvirt' }]
    const decision = decide([{ name: 'a', ...words.primary, image: { watchers } }], [{ name: 'a', ...words.primary }])
    expect(decision.problems.join()).toContain('open at a client of east, 10.0.0.99:0/3 (client.libvirt)')
  })

  test('says what diverged and lets a person choose', () => {
    const { divergence } = decide(
      [{ name: 'a', ...words.primary, image: { modified: now - 60 } }],
      [{ name: 'a', ...words.primary }],
    )
    expect(divergence).toEqual(['a: east is primary, last written about 2026-11-22 07:59:00 UTC; west is primary'])
    expect(askForLoser(divergence, ['east', 'west'])).toContain('-e loser=east keeps what west has')
  })

  test('a copy that is kept is named after the image it was, so that a second run knows it', () => {
    const named = (...others: string[]) => copyName({ name: 'a', id: '10ab' }, 'diverged', { now, others })
    expect(named()).toBe('a.diverged-2026-11-22-10ab')
    expect(named('a.diverged-2026-11-20-10ab')).toBe('a.diverged-2026-11-20-10ab')
    expect(named('a.diverged-2026-11-20-ffff', 'a.rescued-2026-11-20-10ab')).toBe('a.diverged-2026-11-22-10ab')
  })
})

describe('the record', () => {
  const pair = joinPair(silent('east'), site('west', [{ name: 'a', ...words.behind }]))
  const draft = {
    kind: 'forced failover' as const,
    pool: 'vms',
    from: 'east',
    to: 'west',
    operator: null,
    reason: 'fire',
    notes: [],
    images: recordImages(pair.images, 'west', now),
    time: now,
  }

  test('a second run goes on with the record of the first, and what that one found', () => {
    const first = beginRecord([], draft)
    const again = beginRecord([first], { ...draft, time: now + 100, images: [], notes: ['again'], reason: null })
    expect(again).toMatchObject({ id: first.id, started: now, reason: 'fire', notes: ['again'], images: first.images })
  })

  test('a record that is finished is not touched', () => {
    const done: DrRecord = { ...beginRecord([], draft), finished: now + 5 }
    expect(beginRecord([done], { ...draft, time: now + 100 })).toMatchObject({ started: now + 100, finished: null })
  })

  test('the page tells what was lost', () => {
    const page = recordPage(beginRecord([], draft))
    expect(page).toContain('# Forced failover of pool vms: east to west')
    expect(page).toContain('reason: fire')
    expect(page).toMatch(
      /\| a \| journal \| not known \| unseen \| up\+replaying, 7 entries behind .* \| 10 s and 7 entries/,
    )
  })

  test('the page of a change at one site, and of copies that are thrown away', () => {
    const promotion = recordPage(beginRecord([], { ...draft, kind: 'forced promotion', from: null }))
    expect(promotion).toContain('# Forced promotion of pool vms: at west')
    expect(promotion).toMatch(/10 s and 7 entries/)
    const resync = recordPage(beginRecord([], { ...draft, kind: 'resync', from: null }))
    expect(resync).toContain('what only these copies had is thrown away')
  })
})
