import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { labDown } from '../../lab/index.ts'
import { bothSites, drLab, type PairUnderTest, pairUnderTest, type Site, succeed, untilHealthy } from './dr-pair.ts'
import { describeLongLab, labMinutes } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

/** A guest is a service that writes to its image; a playbook of the operator's own starts and stops it. */
const hooks = `{
  hosts: (site) => site + ':&mons',
  stopGuests: (site) => [task('Stop the guest at ' + site, systemd({ unit: 'guest.service', state: 'stopped' }))],
  startGuests: (site) => [task('Start the guest at ' + site, systemd({ unit: 'guest.service', state: 'started' }))],
}`
const files = {
  'failover.ts': `import { failoverPlaybook, systemd, task } from 'ceph-playbook'\nexport default failoverPlaybook(${hooks})\n`,
  'failback.ts': `import { failbackPlaybook, systemd, task } from 'ceph-playbook'\nexport default failbackPlaybook(${hooks})\n`,
}

describeLongLab('hooks of failover and failback', lab, () => {
  afterAll(() => labDown(lab.name))

  let pair: PairUnderTest
  const bench = (image: string) =>
    `rbd bench --io-type write --io-size 4K --io-total 64G --io-threads 1 ${pair.pool}/${image}`
  beforeAll(async () => {
    pair = await pairUnderTest(lab, 'hooks', files)
    const unit = `[Service]\\nExecStart=/usr/bin/${bench('journal-1')}\\n`
    for (const site of bothSites)
      await pair.on(site, `printf '${unit}' > /etc/systemd/system/guest.service; systemctl daemon-reload`)
    await untilHealthy(pair)
    await pair.on('east', 'systemctl start guest.service')
  }, minutes(labMinutes))

  /** Where the guest runs, and where its image is primary. */
  const expectGuest = async (site: Site) => {
    for (const each of bothSites) {
      const state = await pair.on(each, 'systemctl is-active guest.service || true')
      expect({ at: each, runs: state === 'active' }).toEqual({ at: each, runs: each === site })
    }
    expect(await pair.primaries('journal-1')).toEqual([site])
  }

  test(
    'a guest that runs is stopped, its image moves, and it runs at the other site',
    async () => {
      succeed(pair.dr('failover', '--to', 'west'))
      await expectGuest('west')
      await untilHealthy(pair)
      succeed(pair.dr('failover', '--to', 'east'))
      await expectGuest('east')
    },
    minutes(18),
  )

  test(
    'when a client that no hook stops has an image open, the guest runs again where it was',
    async () => {
      await untilHealthy(pair)
      const pid = await pair.on('east', `${bench('journal-2')} >/dev/null 2>&1 & echo $!`)
      try {
        const { code, stdout } = pair.dr('failover', '--to', 'west')
        expect(stdout).toMatch(/1 open: journal-2 by [\d.:/]+ \(client\.admin\)/)
        expect(stdout).toContain('still primary at east, where guests were started again')
        expect(code).toBe(4)
        await expectGuest('east')
        expect(await pair.primaries('journal-2')).toEqual(['east'])
      } finally {
        await pair.on('east', `kill -KILL ${pid}`)
      }
    },
    minutes(12),
  )

  test(
    'by force, where the old site answers: guests are stopped there, and clients that no hook knows are shut out',
    async () => {
      await pair.on('east', `${bench('journal-2')} >/var/tmp/bench.log 2>&1 & echo $! > /var/tmp/bench.pid`)
      succeed(pair.dr('failover', '--to', 'west', '--force', '--declared', 'east'))
      expect(await pair.on('west', 'systemctl is-active guest.service')).toBe('active')
      expect(await pair.on('east', 'systemctl is-active guest.service || true')).not.toBe('active')
      await pair.on('east', 'timeout 60 tail --pid="$(cat /var/tmp/bench.pid)" -f /dev/null')
      expect(await pair.on('east', 'ceph osd blocklist ls 2>/dev/null | wc -l')).not.toBe('0')
      const page = await pair.on('west', 'cat "$(ls /var/lib/ceph-playbook/records/*forced-failover.md | tail -n 1)"')
      expect(page).toContain('east was told to take no writes of its clients')
    },
    minutes(12),
  )

  test(
    'the site that was lost follows, its guests stay stopped until it is primary again',
    async () => {
      await pair.on('east', 'systemctl start guest.service')
      succeed(pair.dr('failback', '--loser', 'east', '--no-keep'))
      await expectGuest('west')
      succeed(pair.dr('failback', '--loser', 'east', '--hand-back'))
      await expectGuest('east')
    },
    minutes(24),
  )
})
