import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { killHost, labDown, labUp } from '../../lab/index.ts'
import { bothSites, drLab, type PairUnderTest, pairUnderTest, type Site, succeed, untilHealthy } from './dr-pair.ts'
import { manyImages, writer } from './many-images.ts'
import { describeLongLab, labMinutes } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

/** PLAYBOOK_IMAGES=1000 for a longer run. */
const images = Number(process.env.PLAYBOOK_IMAGES ?? 100)
const byJournal = Math.round(images * 0.7)

describeLongLab(`a site with ${images} images is lost while clients write`, lab, () => {
  afterAll(() => labDown(lab.name))

  let pair: PairUnderTest
  const many = () => manyImages(pair, 'vm-')
  beforeAll(
    async () => {
      pair = await pairUnderTest(lab, 'scale')
      await many().create('east', 'journal', byJournal)
      await many().create('east', 'snapshot', images - byJournal)
      await untilHealthy(pair)
    },
    minutes(labMinutes + images / 20),
  )

  /** What every image begins with, and a checksum of all of it, by name. */
  const contents = (site: Site) => many().contents(site)
  let taken: Record<string, string> = {}

  test(
    'one command makes the other site primary for all of them, and says how long that took',
    async () => {
      await pair.on('east', `systemd-run --unit=writer python3 -c '${writer(pair.pool, 'vm-journal-000')}'`)
      await pair.on('east', 'until journalctl -u writer | grep -q "round 5$"; do sleep 1; done')
      for (const host of lab.hosts ?? []) if (host.startsWith('east')) await killHost(lab.name, host)
      const outcome = pair.dr('failover', '--to', 'west', '--force', '--reason', 'east lost power')
      succeed(outcome)
      const [words = ''] = /time to service .*/.exec(outcome.stdout) ?? []
      process.stderr.write(`${words}\n`)
      expect(words).toMatch(
        new RegExp(`to know that east is gone, .* to promote ${images + 4} images, .* to prove each by a write`),
      )
      taken = await contents('west')
      expect(Object.keys(taken)).toHaveLength(images)
    },
    minutes(5 + images / 50),
  )

  test(
    'the lost site comes back: one command, and all contents are equal; what only it had is kept and named',
    async () => {
      await labUp(lab)
      succeed(pair.dr('failback', '--loser', 'east', '--hand-back'))
      await untilHealthy(pair)
      for (const site of bothSites) expect(await contents(site)).toEqual(taken)
      const names = (await pair.on('east', `rbd ls ${pair.pool}`)).split('\n')
      for (const name of Object.keys(taken))
        expect({ name, kept: names.filter((other) => other.startsWith(`${name}.diverged-`)).length }).toEqual({
          name,
          kept: 1,
        })
    },
    minutes(15 + images / 20),
  )
})
