import { expect, test } from '@jest/globals'
import { decideForced, recordImages } from '../../../src/modules/rbd/gates.ts'
import { joinPair } from '../../../src/modules/rbd/pair.ts'
import { recordPage } from '../../../src/modules/rbd/record.ts'
import { now, silent, site, withCanary, words } from './site-cases.ts'

const east = site('east', [
  { name: 'j', ...words.primary },
  { name: 's', mode: 'snapshot', ...words.primary },
])
const west = site('west', [
  { name: 'j', ...words.behind },
  { name: 's', mode: 'snapshot', ...words.replayed },
])

test('a canary tells the seconds that journals are behind, and is no image', () => {
  const pair = joinPair(withCanary(east, 'east', 2), withCanary(west, 'east', 12))
  expect(pair.canaries).toEqual([{ from: 'east', to: 'west', seconds: 12, silent: undefined }])
  expect(pair.images.map(({ name, lag }) => ({ name, lag }))).toEqual([
    { name: 'j', lag: { entries: 7, seconds: 12 } },
    { name: 's', lag: { entries: 0, seconds: 12 } },
  ])
})

test('each direction has its own', () => {
  const pair = joinPair(
    withCanary(withCanary(east, 'east', 1), 'west', 30),
    withCanary(withCanary(west, 'west', 3), 'east', 4),
  )
  expect(pair.canaries.map(({ from, seconds }) => ({ from, seconds }))).toEqual([
    { from: 'east', seconds: 4 },
    { from: 'west', seconds: 30 },
  ])
})

test('one that is not written any more tells nothing of replication, and that is told', () => {
  const pair = joinPair(withCanary(east, 'east', 300), withCanary(west, 'east', 300))
  expect(pair.canaries).toEqual([{ from: 'east', to: 'west', seconds: undefined, silent: 300 }])
})

test('where its site is gone, the last stamp that arrived is what would be lost from', () => {
  const looks = [silent('east'), withCanary(west, 'east', 95)] as const
  const pair = joinPair(...looks)
  expect(pair.canaries).toEqual([{ from: 'east', to: 'west', seconds: 95, silent: undefined }])
  const { moving } = decideForced(looks, { from: 'east', to: 'west' }, { acceptOlder: false, rescue: false })
  const [journal] = recordImages(moving, 'west', now, pair.canaries)
  expect(journal).toMatchObject({ name: 'j', lastTime: now - 95, atRisk: 95, entriesBehind: 7 })
  const draft = { from: 'east', to: 'west', operator: null, reason: null, notes: [], pool: 'vms' }
  const images = journal ? [journal] : []
  const page = recordPage({
    ...draft,
    version: 1,
    id: 'r',
    kind: 'forced failover',
    started: now,
    finished: now,
    images,
  })
  expect(page).toContain('| 95 s and 7 entries of the journal |')
})

test('without a canary, a journal is known to have arrived when the peer last said so, not when the own daemon did', () => {
  const peer = { site: 'east', state: 'down+stopped', lastUpdate: '2026-11-22 07:58:00' }
  const told = site('west', [{ name: 'j', ...words.replayed, peer }])
  const { moving } = decideForced(
    [silent('east'), told],
    { from: 'east', to: 'west' },
    { acceptOlder: false, rescue: false },
  )
  expect(recordImages(moving, 'west', now)[0]).toMatchObject({ atRisk: 120 })
})
