import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { labDown } from '../../lab/index.ts'
import { bothSites, drLab, type PairUnderTest, pairUnderTest, succeed, untilHealthy } from './dr-pair.ts'
import { describeLongLab, labMinutes } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

describeLongLab('drill', lab, () => {
  afterAll(() => labDown(lab.name))

  let pair: PairUnderTest
  beforeAll(async () => {
    pair = await pairUnderTest(lab, 'drill')
    await untilHealthy(pair)
  }, minutes(labMinutes))

  const lastPage = () => pair.on('west', 'cat "$(ls /var/lib/ceph-playbook/records/*-drill-drill.md | tail -n 1)"')

  const nothingIsLeft = async () => {
    for (const site of bothSites) {
      expect((await pair.on(site, `rbd ls ${pair.pool}`)).split('\n').sort()).toEqual([...pair.images].sort())
      for (const image of pair.images)
        expect(await pair.on(site === 'east' ? site : 'east', `rbd snap ls ${pair.pool}/${image}`)).not.toContain(
          'drill-',
        )
    }
    for (const image of pair.images) expect(await pair.primaries(image)).toEqual(['east'])
  }

  test(
    'the clones have what was written last, replication goes on, and nothing is left of it but the record',
    async () => {
      for (const image of pair.images) await pair.write('east', image, 'to be tried')
      const check = 'rbd export --no-progress "$IMAGE" - | head -n 1 | grep -ax "to be tried"'
      succeed(pair.dr('drill', '--at', 'west', '--check-command', check))
      await nothingIsLeft()
      succeed(pair.dr('status'))
      expect(await lastPage()).toMatch(/\d+ s until the snapshots had arrived, \d+ s from there to service/)
    },
    minutes(10),
  )

  test(
    'a check that fails fails the drill, and everything is removed all the same',
    async () => {
      const { code, stdout } = pair.dr('drill', '--at', 'west', '--check-command', 'false')
      expect(code).toBe(4)
      expect(stdout).toMatch(/the check of drill\/drill-\S+\.journal-1 failed/)
      await nothingIsLeft()
      expect(await lastPage()).toContain('it failed: the check failed')
    },
    minutes(10),
  )

  test(
    'images and snapshots that only begin as those of a drill do stay',
    async () => {
      await pair.on('east', `rbd snap create --no-progress ${pair.pool}/journal-1@drill-notes`)
      await pair.on('west', `rbd create --size 1M ${pair.pool}/drill-press`)
      try {
        succeed(pair.dr('drill', '--at', 'west'))
        expect(await pair.on('west', `rbd ls ${pair.pool}`)).toContain('drill-press')
        expect(await pair.on('east', `rbd snap ls ${pair.pool}/journal-1`)).toContain('drill-notes')
      } finally {
        await pair.on('west', `rbd rm --no-progress ${pair.pool}/drill-press`)
        await pair.on('east', `rbd snap rm --no-progress ${pair.pool}/journal-1@drill-notes`)
      }
    },
    minutes(10),
  )
})
