import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import {
  demotionArrived,
  hasCaughtUp,
  type ImageStatus,
  imageStatusSchema,
  isFresh,
  parseTime,
  poolStatusSchema,
} from '../../src/modules/rbd/status.ts'

/** What `rbd mirror … status --format json` printed on two real clusters of 16.2.15. */
function fixture(name: string): unknown {
  const path = fileURLToPath(new URL(`../fixtures/rbd-status/${name}.json`, import.meta.url))
  return JSON.parse(readFileSync(path, 'utf8'))
}

const image = (name: string): ImageStatus => imageStatusSchema.parse(fixture(name))

describe('the status of an image', () => {
  test('a copy that follows says how many entries it is behind', () => {
    expect(image('peer-daemon-down')).toMatchObject({
      up: true,
      state: 'replaying',
      replay: { mode: 'journal', entriesBehind: 0 },
      saysPrimary: false,
      lastUpdate: Date.UTC(2026, 10, 22, 7, 41, 18) / 1000,
    })
  })

  test('a peer whose daemon is dead is known by its own prefix alone', () => {
    const [peer] = image('peer-daemon-down').peers
    expect(peer).toMatchObject({ up: false, state: 'stopped', saysPrimary: true })
  })

  test('a copy by snapshots says which one it has', () => {
    expect(image('snapshot-idle').replay).toEqual({
      mode: 'snapshot',
      state: 'idle',
      localSnapshot: 1795333069,
      remoteSnapshot: 1795333069,
      syncingPercent: undefined,
      lastSyncSeconds: 0,
    })
  })

  test.each(['split-brain-journal', 'split-brain-snapshot'])('split-brain is seen in both wordings: %s', (name) =>
    expect(image(name)).toMatchObject({ state: 'error', splitBrain: true }),
  )

  test.each(['both-primary-journal', 'error-bootstrapping'])('and not elsewhere: %s', (name) =>
    expect(image(name).splitBrain).toBe(false),
  )

  test('two primaries say so themselves', () => {
    const { saysPrimary, peers } = image('both-primary-journal')
    expect([saysPrimary, peers[0]?.saysPrimary]).toEqual([true, true])
  })

  test('where nothing is said of the state, nothing is believed', () => {
    const bare = imageStatusSchema.parse({ name: 'vm1', global_id: 'g' })
    expect(bare).toMatchObject({ up: false, state: 'unknown', lastUpdate: undefined, peers: [] })
  })

  test('positions in text, as up to Octopus, are counted too', () => {
    const description =
      'replaying, master_position=[object_number=3, tag_tid=1, entry_tid=3], mirror_position=[], entries_behind_master=3'
    const status = imageStatusSchema.parse({ name: 'a', state: 'up+replaying', description })
    expect(status.replay).toMatchObject({ mode: 'journal', entriesBehind: 3 })
  })

  test('a description that is cut off is no reason to fail', () => {
    const status = imageStatusSchema.parse({ name: 'a', state: 'up+replaying', description: 'replaying, {"entries_' })
    expect(status.replay).toBeUndefined()
  })
})

describe('what can be concluded', () => {
  const copy = image('snapshot-idle')

  test('a copy has caught up when its newest snapshot is the primary’s', () => {
    expect(hasCaughtUp(copy)).toBe(true)
    const behind = { ...copy, replay: { ...copy.replay, remoteSnapshot: 1795333129 } } as ImageStatus
    expect(hasCaughtUp(behind)).toBe(false)
    const syncing = { ...copy, replay: { ...copy.replay, state: 'syncing' } } as ImageStatus
    expect(hasCaughtUp(syncing)).toBe(false)
  })

  test('a copy whose daemon is down has not, whatever it said last', () =>
    expect(hasCaughtUp({ ...copy, up: false })).toBe(false))

  test('a journal without entries behind has been replayed', () => {
    const status = image('peer-daemon-down')
    expect(hasCaughtUp(status)).toBe(true)
    expect(hasCaughtUp({ ...status, replay: { mode: 'journal', entriesBehind: 1, secondsUntilSynced: 1 } })).toBe(false)
  })

  test('a report is fresh for a minute and a half', () => {
    const now = copy.lastUpdate ?? 0
    expect(isFresh(copy, now + 89)).toBe(true)
    expect(isFresh(copy, now + 90)).toBe(false)
    expect(isFresh({ ...copy, up: false }, now)).toBe(false)
    expect(isFresh({ up: true, lastUpdate: undefined }, now)).toBe(false)
  })

  test('a demotion has arrived when both sites have seen it, or found that they had diverged', () => {
    expect(demotionArrived(image('both-demoted-journal'))).toBe(true)
    expect(demotionArrived(image('split-brain-journal'))).toBe(true)
    expect(demotionArrived(image('both-primary-journal'))).toBe(false)
    const half = image('both-demoted-journal')
    const peers = half.peers.map((peer) => ({ ...peer, state: 'replaying' }))
    expect(demotionArrived({ ...half, peers })).toBe(false)
  })
})

describe('the status of a pool', () => {
  test('daemons, states and images', () => {
    const pool = poolStatusSchema.parse(fixture('pool-daemon-killed'))
    expect(pool).toMatchObject({ health: 'ERROR', daemonHealth: 'OK', states: { unknown: 1, error: 2, replaying: 2 } })
    expect(pool.daemons).toEqual([
      {
        serviceId: '4463',
        instanceId: '4465',
        clientId: 'b',
        host: 'vm',
        version: '16.2.15',
        leader: true,
        health: 'OK',
        callouts: [],
      },
    ])
    // The daemon is listed as well and leading, though it is dead: only the images tell.
    expect(pool.images.map(({ name, up }) => [name, up])).toEqual([
      ['g1', false],
      ['g2', false],
      ['g3', false],
      ['tnoom', false],
      ['tom', false],
    ])
  })

  test('what is not a status is refused', () => expect(() => poolStatusSchema.parse({ images: [] })).toThrow())
})

test('times are read as UTC; no time is none', () => {
  expect(parseTime('1970-01-01 00:01:00')).toBe(60)
  expect(parseTime('')).toBeUndefined()
})
