import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { joinSites, killHost, labDown, labUp, splitSites } from '../../lab/index.ts'
import {
  drLab,
  type Interruption,
  type PairUnderTest,
  pairUnderTest,
  type Site,
  succeed,
  untilHealthy,
} from './dr-pair.ts'
import { seededRandom } from './random.ts'
import { describeLongLab, labMinutes } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

/** The same seed gives the same interruptions at the same moments; what they hit differs with the machine's speed. */
const seed = Number(process.env.PLAYBOOK_SEED ?? Date.now() % 1_000_000)
const rounds = Number(process.env.PLAYBOOK_ROUNDS ?? 20)

describeLongLab(`${rounds} interruptions, PLAYBOOK_SEED=${seed}`, lab, () => {
  afterAll(() => labDown(lab.name))

  const random = seededRandom(seed)
  const between = (from: number, to: number) => Math.round(from + random() * (to - from))
  const one = <Item>(items: readonly [Item, ...Item[]]): Item => items[between(0, items.length - 1)] ?? items[0]

  let pair: PairUnderTest
  let at: Site = 'east'
  const other = (site: Site): Site => (site === 'east' ? 'west' : 'east')
  beforeAll(async () => {
    process.stderr.write(`interruptions: PLAYBOOK_SEED=${seed}\n`)
    pair = await pairUnderTest(lab, 'interrupted')
    await untilHealthy(pair)
  }, minutes(labMinutes))

  const interruption = (): Interruption & { readonly what: string } => {
    const what = one(['controller', 'mirror host', 'link'] as const)
    const host = `${one(['east', 'west'] as const)}-mirror-1`
    const seconds = between(5, 30)
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))
    if (what === 'controller') return { what, begin: (kill) => kill(), end: async () => undefined }
    if (what === 'mirror host')
      return {
        what: `${what} ${host} for ${seconds} s`,
        begin: () => killHost(lab.name, host).then(pause),
        end: async () => {
          await labUp(lab)
        },
      }
    return {
      what: `${what} for ${seconds} s`,
      begin: () => splitSites(lab.name).then(pause),
      end: () => joinSites(lab.name),
    }
  }

  /**
   * Runs an operation, interrupts it once, and runs it again until it succeeds: it refuses for as long as the daemon of a
   * host that has just been booted has not said anything, as it should.
   */
  const interrupted = async (window: number, expectMeanwhile: () => Promise<void>, ...args: string[]) => {
    const { what, ...how } = interruption()
    const after = between(500, window)
    process.stderr.write(`interruptions: ${args.join(' ')}: ${what}, after ${after} ms\n`)
    await pair.interrupted(after, how, ...args)
    await expectMeanwhile()
    const end = Date.now() + minutes(5)
    let outcome = pair.dr(...args)
    while (outcome.code !== 0 && Date.now() < end) {
      const [words = outcome.stderr] = /^failed: .*\n.*/m.exec(outcome.stdout) ?? []
      process.stderr.write(`interruptions: exit code ${outcome.code}, again: ${words.slice(0, 300)}\n`)
      await new Promise((resolve) => setTimeout(resolve, 5000))
      outcome = pair.dr(...args)
    }
    succeed(outcome)
    await expectMeanwhile()
  }

  const neverTwo = async () => {
    for (const image of pair.images)
      expect({ image, primaries: (await pair.primaries(image)).length }).not.toEqual({ image, primaries: 2 })
  }
  const holds = async (site: Site, text: string) => {
    for (const image of pair.images) {
      expect({ image, at: await pair.primaries(image) }).toEqual({ image, at: [site] })
      expect({ image, has: await pair.read(site, image) }).toEqual({ image, has: text })
    }
  }

  for (let round = 1; round <= rounds; round++) {
    if (round % 4 !== 0)
      test(
        `round ${round}: a planned failover ends where it was to, with all that was written`,
        async () => {
          await untilHealthy(pair)
          const to = other(at)
          for (const image of pair.images) await pair.write(at, image, `round ${round}`)
          await interrupted(25_000, neverTwo, 'failover', '--to', to)
          await holds(to, `round ${round}`)
          at = to
        },
        minutes(25),
      )
    else
      test(
        `round ${round}: a failback ends with one primary, and all that the winner had`,
        async () => {
          await untilHealthy(pair)
          const winner = other(at)
          await pair.cut(at)
          try {
            for (const image of pair.images) await pair.write(at, image, 'only at the loser')
            succeed(pair.dr('failover', '--to', winner, '--force'))
          } finally {
            await pair.mend(at)
          }
          for (const image of pair.images) await pair.write(winner, image, `round ${round}`)
          const stillThere = async () => {
            for (const image of pair.images) expect(await pair.read(winner, image)).toBe(`round ${round}`)
          }
          await interrupted(60_000, stillThere, 'failback', '--loser', at)
          await untilHealthy(pair)
          await holds(winner, `round ${round}`)
          at = winner
        },
        minutes(40),
      )
  }
})
