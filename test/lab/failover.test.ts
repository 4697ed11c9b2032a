import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { labDown, labFiles } from '../../lab/index.ts'
import { playbook } from '../cli/support.ts'
import { bothSites, drLab, type PairUnderTest, pairUnderTest, type Site, succeed, untilHealthy } from './dr-pair.ts'
import { describeLongLab, labMinutes, onConsole } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

describeLongLab('failover', lab, () => {
  afterAll(() => labDown(lab.name))

  let pair: PairUnderTest
  beforeAll(async () => {
    pair = await pairUnderTest(lab, 'failover')
    await untilHealthy(pair)
  }, minutes(labMinutes))

  /** Every image is primary at one site and only there. */
  const expectPrimary = async (site: Site) => {
    for (const image of pair.images) expect({ image, at: await pair.primaries(image) }).toEqual({ image, at: [site] })
  }

  const onMirror = async (site: Site, script: string) => {
    const { code, stderr } = await onConsole(lab.name, `${site}-mirror-1`, script)
    if (code !== 0) throw new Error(stderr)
  }

  test(
    'refuses while a client has an image open, names it, and changes nothing',
    async () => {
      const spec = `${pair.pool}/journal-1`
      const hold = `rbd bench --io-type write --io-size 4K --io-total 64G --io-threads 1 ${spec} >/dev/null 2>&1 & echo $!`
      const pid = await pair.on('east', `${hold}; until rbd status ${spec} | grep -q watcher=; do :; done`)
      try {
        const { code, stdout } = pair.dr('failover', '--to', 'west')
        expect(stdout).toMatch(/journal-1 is open at a client, [\d.:/]+ \(client\.admin\)/)
        expect(code).toBe(4)
        await expectPrimary('east')
      } finally {
        await pair.on('east', `kill -KILL ${pid}; while rbd status ${spec} | grep -q watcher=; do sleep 1; done`)
      }
    },
    minutes(10),
  )

  test(
    'planned, there and back: what was written last is there, in both modes',
    async () => {
      for (const [from, to] of [
        ['east', 'west'],
        ['west', 'east'],
      ] as const) {
        for (const image of pair.images) await pair.write(from, image, `written at ${from}`)
        succeed(pair.dr('failover', '--to', to))
        await expectPrimary(to)
        for (const image of pair.images) expect(await pair.read(to, image)).toBe(`written at ${from}`)
      }
    },
    minutes(12),
  )

  test(
    'roles moved by hand while a daemon was away: refuses the site that has not heard of it, which Ceph would promote',
    async () => {
      await untilHealthy(pair)
      const byHand = (site: Site, what: string) =>
        pair.on(site, pair.images.map((image) => `rbd mirror image ${what} ${pair.pool}/${image}`).join(' && '))
      await onMirror('east', 'systemctl stop ceph-rbd-mirror.target')
      try {
        await byHand('east', 'demote')
        await pair.on('west', promotedInTime(pair))
        for (const image of pair.images) await pair.write('west', image, 'written where nobody looked')
        await byHand('west', 'demote')
        const { code, stdout } = pair.dr('failover', '--to', 'east')
        expect(stdout).toContain('west was primary last')
        expect(code).toBe(4)
        for (const image of pair.images) expect(await pair.primaries(image)).toEqual([])
      } finally {
        await onMirror('east', 'systemctl start ceph-rbd-mirror.target')
      }
      for (const site of ['west', 'east']) succeed(pair.dr('failover', '--to', site))
      await expectPrimary('east')
      for (const image of pair.images) expect(await pair.read('east', image)).toBe('written where nobody looked')
    },
    minutes(12),
  )

  test(
    'a demotion that was killed between its two steps: named, and the failover goes on, back as well as there',
    async () => {
      await untilHealthy(pair)
      for (const to of ['east', 'west', 'east'] as const) {
        const from = (await pair.primaries('snapshot-1'))[0] ?? 'east'
        await pair.write(from, 'snapshot-1', `last at ${from}`)
        await pair.on(from, cutOff(pair.pool, 'snapshot-1'))
        expect(pair.dr('status')).toMatchObject({ code: 6, stdout: expect.stringContaining('cannot be written') })
        succeed(pair.dr('failover', '--to', to))
        await expectPrimary(to)
        expect(await pair.read(to, 'snapshot-1')).toBe(`last at ${from}`)
        await pair.write(to, 'snapshot-1', 'can be written')
      }
    },
    minutes(12),
  )

  test(
    'a plan changes nothing, and a second run has nothing to do',
    async () => {
      succeed(pair.dr('failover', '--to', 'west', '--check'))
      await expectPrimary('east')
      const again = pair.dr('failover', '--to', 'east')
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing changed') })
    },
    minutes(10),
  )

  test(
    'killed at random moments, it goes on when run again; never two primaries, nothing lost',
    async () => {
      await untilHealthy(pair)
      for (const image of pair.images) await pair.write('east', image, 'before the kills')
      for (let kills = 0; kills < 5; ) {
        const wait = Math.round(1500 + Math.random() * 15_000)
        if (!(await pair.killed(wait, 'failover', '--to', 'west'))) break
        kills++
        for (const image of pair.images) expect((await pair.primaries(image)).length).toBeLessThan(2)
      }
      succeed(pair.dr('failover', '--to', 'west'))
      await expectPrimary('west')
      for (const image of pair.images) expect(await pair.read('west', image)).toBe('before the kills')
    },
    minutes(12),
  )

  test(
    'by force it refuses while the other site lives, unless somebody declares it lost',
    async () => {
      const { code, stdout } = pair.dr('failover', '--to', 'east', '--force')
      expect({ code, said: stdout.includes('-e declared=west') }).toEqual({ code: 4, said: true })
      await expectPrimary('west')
    },
    minutes(10),
  )

  test(
    'by force, once the other site is gone: writable, with what had arrived, and on record',
    async () => {
      await untilHealthy(pair)
      await pair.cut('west')
      try {
        for (const image of pair.images) await pair.write('west', image, 'never arrives')
        const outcome = pair.dr('failover', '--to', 'east', '--force', '--reason', 'west is cut off')
        succeed(outcome)
        for (const image of pair.images) {
          expect(await pair.read('east', image)).toBe('before the kills')
          await pair.write('east', image, 'goes on at east')
        }
        const record = await pair.on(
          'east',
          'cat /var/lib/ceph-playbook/records/*-failover-forced-failover.json | tail -n 300',
        )
        expect(record).toContain('west is cut off')
        const modes = await pair.on('east', 'stat -c %a /var/lib/ceph-playbook/records/*')
        expect(new Set(modes.split('\n'))).toEqual(new Set(['600']))
        const [run = ''] = readdirSync(`${pair.folder}/.playbook/runs`).sort().reverse()
        const kept = readdirSync(`${pair.folder}/.playbook/runs/${run}`)
        expect(kept.filter((name) => /-forced-failover\.(json|md)$/.test(name))).toHaveLength(2)
      } finally {
        await pair.mend('west')
      }
      expect(pair.dr('status').code).toBe(6)
      succeed(pair.dr('failback', '--loser', 'west'))
      await untilHealthy(pair)
      await expectPrimary('east')
    },
    minutes(18),
  )

  test(
    'roles that playbooks change at one site are on record; copies that were primary once do not keep a teardown from its end',
    async () => {
      const inventory = ['-i', labFiles(lab.name).inventory, '--no-typecheck']
      const change = (name: string, ...vars: string[]) =>
        succeed(
          playbook(pair.folder, [
            'run',
            name,
            ...inventory,
            ...[`pool=${pair.pool}`, ...vars].flatMap((one) => ['-e', one]),
          ]),
        )
      change('demote.ts', 'site=east', 'image=snapshot-1', 'reason=moves to west')
      change('promote.ts', 'site=west', 'image=snapshot-1')
      expect(await pair.primaries('snapshot-1')).toEqual(['west'])
      await untilHealthy(pair)
      change('teardown.ts', `confirm=${pair.pool}`)
      for (const site of bothSites)
        for (const image of pair.images)
          expect(
            JSON.parse(await pair.on(site, `rbd info --format json ${pair.pool}/${image}`)).mirroring,
          ).toBeUndefined()
      const page = (site: Site, kind: string) =>
        pair.on(site, `cat /var/lib/ceph-playbook/records/*-failover-${kind}.md`)
      expect(await page('east', 'demotion')).toMatch(
        /at east\n\n- started .*, finished .*\n- by \S+@\S+; reason: moves to west/,
      )
      expect(await page('east', 'demotion')).toMatch(/\| snapshot-1 \| snapshot \| east \|.*\| demoted \|/)
      expect(await page('west', 'promotion')).toMatch(/\| snapshot-1 \|.*\| primary \|/)
      for (const site of bothSites)
        expect(await page(site, 'teardown')).toMatch(/finished[\s\S]*\| journal-1 \|.*\| an image of its own \|/)
    },
    minutes(12),
  )
})

/** Promotes by hand at west, each image as soon as the demotion has arrived there. */
function promotedInTime({ images, pool }: PairUnderTest): string {
  const promote = (image: string) =>
    `until rbd mirror image promote ${pool}/${image} 2>/dev/null; do [ $((tries += 1)) -lt 60 ] || exit 1; sleep 1; done`
  return ['tries=0', ...images.map(promote)].join('\n')
}

/** The first step of a demotion by snapshots, as it is when the second never comes: a feature of the image. */
function cutOff(pool: string, image: string): string {
  return `python3 -c '
import rados, rbd, struct
cluster = rados.Rados(conffile="", rados_id="admin"); cluster.connect()
ioctx = cluster.open_ioctx("${pool}")
with rbd.Image(ioctx, "${image}") as image:
    header, features = "rbd_header." + image.id(), image.features() | 1 << 10
with rados.WriteOpCtx() as operation:
    ioctx.set_omap(operation, ("features",), (struct.pack("<Q", features),))
    ioctx.operate_write_op(operation, header)'`
}
