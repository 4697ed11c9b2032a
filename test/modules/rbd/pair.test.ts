import { describe, expect, test } from '@jest/globals'
import { joinPair, type PairImage } from '../../../src/modules/rbd/pair.ts'
import { type ImageCase, silent, site, words } from './site-cases.ts'

/** The verdict on one image, by how it stands at east and at west. */
function judge(east: Partial<ImageCase> | undefined, west: Partial<ImageCase> | undefined): PairImage {
  const cases = (image: Partial<ImageCase> | undefined) => (image ? [{ name: 'a', ...image }] : [])
  const [image] = joinPair(site('east', cases(east)), site('west', cases(west))).images
  if (!image) throw new Error('no image')
  return image
}

describe('the verdict on an image', () => {
  test('healthy: one primary, and a copy that has everything', () => {
    expect(judge(words.primary, words.replayed)).toMatchObject({
      verdict: 'healthy',
      health: 'healthy',
      primary: 'east',
      problem: undefined,
      lag: { entries: 0 },
    })
  })

  test('behind: the copy follows, but has not everything yet', () => {
    expect(judge(words.behind, words.primary)).toMatchObject({ verdict: 'behind', health: 'healthy', primary: 'west' })
  })

  test('a snapshot copy lags by the age of the newest snapshot that has arrived', () => {
    const description = `replaying, {"replay_state":"idle","local_snapshot_timestamp":1795334300,"remote_snapshot_timestamp":1795334300}`
    const copy = { state: 'up+replaying', description, mode: 'snapshot' } as const
    expect(judge({ ...words.primary, mode: 'snapshot' }, copy)).toMatchObject({
      verdict: 'healthy',
      lag: { entries: undefined, seconds: 100 },
    })
  })

  test('missing: the secondary does not list it, and the primary has nothing to say', () => {
    const image = judge(words.primary, undefined)
    expect(image).toMatchObject({ verdict: 'missing', health: 'degraded', problem: 'west has no copy' })
  })

  test('a clone that is missing: its parent is named', () => {
    const image = judge({ ...words.primary, image: { parent: 'vms/golden@base' } }, undefined)
    expect(image.problem).toBe('west has no copy (it is a clone of vms/golden@base)')
  })

  test('stale: the report on the copy is too old to be believed', () => {
    const image = judge(words.primary, { ...words.replayed, lastUpdate: '2026-11-22 07:50:00' })
    expect(image).toMatchObject({ verdict: 'stale', health: 'degraded' })
    expect(image.problem).toContain('west last reported on it 600 s ago')
  })

  test('stale: the copy looks well, but the daemon of the primary is down', () => {
    const image = judge(
      { ...words.primary, state: 'down+stopped' },
      { ...words.replayed, peer: { site: 'east', state: 'down+stopped' } },
    )
    expect(image).toMatchObject({ verdict: 'stale' })
    expect(image.problem).toContain('the daemon of east is down')
  })

  test('a primary that only sends has no daemon, and that is no fault', () => {
    expect(judge({ primary: true }, words.replayed)).toMatchObject({ verdict: 'healthy' })
  })

  test('two primaries, whatever the statuses say', () => {
    expect(judge(words.primary, words.primary)).toMatchObject({
      verdict: 'two-primaries',
      health: 'broken',
      primary: undefined,
    })
    expect(judge(words.primary, { ...words.replayed, primary: true })).toMatchObject({ verdict: 'two-primaries' })
  })

  test('split-brain: the mend names the side that has it', () => {
    const image = judge(words.splitBrain, words.primary)
    expect(image).toMatchObject({ verdict: 'split-brain', health: 'broken', primary: 'west' })
    expect(image.mend).toBe('playbook dr failback --loser east')
  })

  test('no primary: demoted on both sides', () => {
    expect(judge(words.demoted, words.demoted)).toMatchObject({ verdict: 'no-primary', health: 'broken' })
  })

  test('starting: no daemon has reported yet', () => {
    expect(judge(words.primary, {})).toMatchObject({ verdict: 'starting', health: 'degraded' })
  })

  test('error: the words of the daemon are the problem', () => {
    const image = judge(words.primary, { state: 'up+error', description: 'error bootstrapping replay' })
    expect(image).toMatchObject({ verdict: 'error', problem: 'west: error bootstrapping replay' })
  })
})

describe('the pair', () => {
  test('a site that does not answer leaves every image unseen, not well', () => {
    const pair = joinPair(silent('east'), site('west', [{ name: 'a', ...words.replayed }]))
    expect(pair.images).toMatchObject([{ verdict: 'unseen', primary: undefined }])
    expect(pair.sites.map(({ seen }) => seen)).toEqual([false, true])
    expect(pair.images[0]?.mend).toContain('--to west')
  })

  test('a site that answers, and has mirroring off in its pool, is no lost site, and not healthy', () => {
    const off = site('west', [])
    const west = { ...off, found: off.found && { ...off.found, notMirrored: true } }
    const pair = joinPair(site('east', [{ name: 'a', ...words.primary }]), west)
    expect(pair.images).toMatchObject([{ verdict: 'missing', problem: 'west has no copy' }])
    expect(joinPair(site('east', []), west)).toMatchObject({ health: 'degraded', sites: [{}, { notMirrored: true }] })
  })

  test('its health is that of its worst image', () => {
    const east = site('east', [
      { name: 'a', ...words.primary },
      { name: 'b', ...words.primary },
    ])
    const west = site('west', [
      { name: 'a', ...words.replayed },
      { name: 'b', ...words.primary },
    ])
    expect(joinPair(east, west).health).toBe('broken')
  })

  test('images are joined by their global id, also when they were renamed on one side', () => {
    const east = site('east', [{ name: 'new', ...words.primary, image: { globalId: 'g' } }])
    const west = site('west', [{ name: 'old', ...words.replayed, image: { globalId: 'g' } }])
    expect(joinPair(east, west).images.filter(({ globalId }) => globalId === 'g')).toMatchObject([
      { primary: 'east', sides: [{ image: { name: 'new' } }, { image: { name: 'old' } }] },
    ])
  })

  test('10,000 images are joined one by one, not each with each', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `image-${index}`)
    const east = site(
      'east',
      names.map((name) => ({ name, ...words.primary })),
    )
    const west = site(
      'west',
      names.map((name) => ({ name, ...words.replayed })),
    )
    expect(joinPair(east, west).health).toBe('healthy')
  })
})
