import { expect, test } from '@jest/globals'
import { drStatus } from '../../src/cli/dr-status.ts'
import { drillCloneName, drillSnapshotName } from '../../src/modules/rbd/drill.ts'
import { copyName } from '../../src/modules/rbd/failback-gate.ts'
import { joinPair } from '../../src/modules/rbd/pair.ts'
import type { SiteImages } from '../../src/modules/rbd/site-images.ts'
import { now, site, words } from '../modules/rbd/site-cases.ts'

const mirrored = { east: [{ name: 'a', ...words.primary }], west: [{ name: 'a', ...words.replayed }] }

/** A pair that is well, where east has more images than those that are mirrored. */
function pairWith(more: Partial<SiteImages>) {
  const { found } = site('east', mirrored.east)
  return joinPair({ site: 'east', found: found && { ...found, ...more } }, site('west', mirrored.west))
}

const lacking = (...names: string[]) => names.map((name) => ({ name, lacks: ['journaling'] }))

test('in pool mode an image without a journal degrades the status, with the command for what it lacks', () => {
  const withoutJournal = [...lacking('vm-7'), { name: "o'bare", lacks: ['exclusive-lock', 'journaling'] }]
  const pair = pairWith({ poolMode: 'pool', others: ['vm-7', "o'bare"], withoutJournal })
  const status = drStatus('vms/tenant', pair)
  expect(status.health).toBe('degraded')
  expect(status.sites.map(({ unmirrored }) => unmirrored)).toEqual([
    [
      { name: 'vm-7', reason: 'no journal', mend: 'rbd feature enable vms/tenant/vm-7 journaling' },
      {
        name: "o'bare",
        reason: 'no journal, nor the exclusive lock that it needs',
        mend: `rbd feature enable 'vms/tenant/o'\\''bare' exclusive-lock journaling`,
      },
    ],
    [],
  ])
})

test('the images that are mirrored are as healthy as they were: gates ask the pair', () => {
  expect(pairWith({ poolMode: 'pool', others: ['vm-7'], withoutJournal: lacking('vm-7') }).health).toBe('healthy')
})

test('what was kept of an image, and the clones of a drill, should not be mirrored', () => {
  const copied = { name: 'vm', id: '10a' }
  const kept = [
    copyName(copied, 'diverged', { now, others: [] }),
    copyName(copied, 'rescued', { now, others: [] }),
    drillCloneName(drillSnapshotName(now), 'vm'),
  ]
  const pair = pairWith({ poolMode: 'pool', others: kept, withoutJournal: lacking(...kept) })
  expect(drStatus('vms', pair)).toMatchObject({ health: 'healthy', sites: [{ others: kept, unmirrored: [] }, {}] })
})

test('images with names that are like those are images like any other', () => {
  const names = ['vm.diverged', 'diverged-2026-11-22-10a', 'vm.rescued-disk', 'drill-press.vm']
  const pair = pairWith({ poolMode: 'pool', others: names, withoutJournal: lacking(...names) })
  expect(drStatus('vms', pair).sites[0]?.unmirrored?.map(({ name }) => name)).toEqual(names)
})

test('in image mode an image that is not mirrored is a choice', () => {
  const pair = pairWith({ poolMode: 'image', others: ['scratch'] })
  expect(drStatus('vms', pair)).toMatchObject({
    health: 'healthy',
    sites: [{ others: ['scratch'], poolMode: 'image', unmirrored: [] }, {}],
  })
})
