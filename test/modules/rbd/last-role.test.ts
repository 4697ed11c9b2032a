import { describe, expect, test } from '@jest/globals'
import { type LastRole, wasPrimaryLater } from '../../../src/modules/rbd/last-role.ts'

const journal = (role: LastRole['role'], demotion?: string, heard: string[] = []) =>
  ({ mode: 'journal', lastRole: { role, demotion, heard } }) as const

/** Mirror snapshots, as 16.2.15 had them. */
const snapshots = (...states: [number, 'primary' | 'demoted' | 'non-primary' | 'non-primary (demoted)', number?][]) =>
  ({
    mode: 'snapshot',
    snapshots: states.map(([id, state, primarySnapshot]) => ({
      id,
      state,
      complete: true,
      time: id,
      primarySnapshot,
    })),
  }) as const

describe.each([
  {
    mode: 'journal',
    primary: journal('primary', '1.3'),
    follows: journal('follows', '1.3'),
    demoted: journal('demoted here', '7.1', ['3.0']),
    heardOfIt: journal('demoted there', '7.1', ['7.1']),
    heardOfAnEarlierOne: journal('demoted there', '3.0', ['3.0']),
    primarySince: journal('demoted here', '16.3', ['7.1']),
  },
  {
    mode: 'snapshot',
    primary: snapshots([14, 'non-primary (demoted)', 9], [19, 'primary']),
    follows: snapshots([8, 'non-primary', 20]),
    demoted: snapshots([12, 'primary'], [15, 'demoted']),
    heardOfIt: snapshots([17, 'non-primary (demoted)', 15]),
    heardOfAnEarlierOne: snapshots([14, 'non-primary (demoted)', 9]),
    primarySince: snapshots([17, 'non-primary (demoted)', 15], [29, 'primary'], [31, 'demoted']),
  },
])('of two sites, by $mode', ({ primary, follows, demoted, heardOfIt, heardOfAnEarlierOne, primarySince }) => {
  test('the primary is known to the one that follows', () => {
    expect([wasPrimaryLater(primary, follows), wasPrimaryLater(follows, primary)]).toEqual([false, false])
  })

  test('the primary is not known yet to one that was demoted, or has heard of a demotion only', () => {
    expect(wasPrimaryLater(primary, demoted)).toBe(true)
    expect(wasPrimaryLater(primary, heardOfIt)).toBe(true)
  })

  test('once demoted, it has nothing that the other does not have or will not get', () => {
    expect([wasPrimaryLater(demoted, follows), wasPrimaryLater(demoted, heardOfIt)]).toEqual([false, false])
    expect([wasPrimaryLater(follows, demoted), wasPrimaryLater(heardOfIt, demoted)]).toEqual([false, false])
  })

  test('demoted once more: the other has heard of an earlier demotion only', () => {
    expect(wasPrimaryLater(demoted, heardOfAnEarlierOne)).toBe(true)
  })

  test('both were demoted where they were primary: the later one has heard of the other', () => {
    expect([wasPrimaryLater(primarySince, demoted), wasPrimaryLater(demoted, primarySince)]).toEqual([true, false])
  })
})

test('where it cannot be told, nothing is concluded', () => {
  const unknown = { mode: 'journal', lastRole: undefined } as const
  expect([
    wasPrimaryLater(journal('primary'), unknown),
    wasPrimaryLater(unknown, journal('demoted here', '1.3')),
    wasPrimaryLater(snapshots([1, 'primary']), snapshots()),
  ]).toEqual([false, false, false])
})
