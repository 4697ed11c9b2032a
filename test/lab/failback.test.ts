import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { labDown } from '../../lab/index.ts'
import { bothSites, drLab, type PairUnderTest, pairUnderTest, succeed, untilHealthy } from './dr-pair.ts'
import { describeLongLab, labMinutes } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

describeLongLab('failback', lab, () => {
  afterAll(() => labDown(lab.name))

  let pair: PairUnderTest
  /** East is cut off and goes on writing; west is made primary, and goes on as well. */
  beforeAll(
    async () => {
      pair = await pairUnderTest(lab, 'failback')
      await untilHealthy(pair)
      for (const image of pair.images) await pair.write('east', image, 'common')
      for (const image of pair.images.slice(2)) await pair.on('east', `rbd mirror image snapshot ${pair.pool}/${image}`)
      succeed(pair.dr('failover', '--to', 'west'))
      succeed(pair.dr('failover', '--to', 'east'))
      await untilHealthy(pair)
      await pair.cut('east')
      try {
        for (const image of pair.images) await pair.write('east', image, 'only at east')
        succeed(pair.dr('failover', '--to', 'west', '--force'))
        for (const image of pair.images) await pair.write('west', image, 'only at west')
      } finally {
        await pair.mend('east')
      }
    },
    minutes(labMinutes + 5),
  )

  test('the loser is never chosen: what diverged is told, and nothing is done', async () => {
    const { code, stdout } = pair.dr('failback')
    expect(code).toBe(4)
    expect(stdout).toContain('-e loser=east keeps what west has, -e loser=west keeps what east has')
    for (const image of pair.images) expect(await pair.primaries(image)).toEqual(['east', 'west'])
  })

  test(
    'killed at random moments and run again: the winner stays whole, and the loser ends as primary with all of it',
    async () => {
      const args = ['failback', '--loser', 'east', '--hand-back'] as const
      for (let kills = 0; kills < 4; kills++) {
        const wait = Math.round(3000 + Math.random() * 30_000)
        if (!(await pair.killed(wait, ...args))) break
      }
      succeed(pair.dr(...args))
      await untilHealthy(pair)
      for (const image of pair.images) {
        expect({ image, at: await pair.primaries(image) }).toEqual({ image, at: ['east'] })
        for (const site of bothSites) expect(await pair.read(site, image)).toBe('only at west')
      }
    },
    minutes(24),
  )

  test('what only the loser had is kept, once, as a copy that is not mirrored', async () => {
    const names = (await pair.on('east', `rbd ls ${pair.pool}`)).split('\n')
    for (const image of pair.images) {
      const copies = names.filter((name) => name.startsWith(`${image}.diverged-`))
      expect(copies).toHaveLength(1)
      expect(await pair.read('east', copies[0] ?? '')).toBe('only at east')
    }
    expect(await pair.on('west', `rbd ls ${pair.pool}`)).not.toContain('diverged')
    for (const name of names.filter((name) => name.includes('.diverged-')))
      await pair.on('east', `rbd rm --no-progress ${pair.pool}/${name}`)
  })

  test('when nothing diverged there is nothing to do', async () => {
    expect(pair.dr('failback')).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing changed') })
  })
})
