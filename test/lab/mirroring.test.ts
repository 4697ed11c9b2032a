import { afterAll, describe, expect, test } from '@jest/globals'
import { labDown, whyNoLab } from '../../lab/index.ts'
import { atHost, atSite, bothSites, eventually, jsonAt, mirrorLab, pairFolder, type Site } from './mirrored-pair.ts'
import { describeLab, describeLongLab } from './support.ts'

const pool = 'mirror-pool-test'
const other = { east: 'west', west: 'east' } as const

/** The part of the page that makes an image, as a playbook. */
const imagesPlaybook = `
import { onAdmin, play, playbook, rbd, task, z } from 'ceph-playbook'
export default playbook({
  name: 'A mirrored image',
  vars: { pool: z.string(), site: z.string(), size: z.string().default('16M') },
  plays: ({ pool, site, size }) => [
    play({ name: 'Image', hosts: site + ':&mons', become: true, tasks: [
      task('Create it', rbd.image({ pool, image: 'image1', size })),
      task('Mirror it', rbd.mirrorImage({ pool, image: 'image1' })),
    ] }),
  ],
})
`

/** What the page names as features: replay and deletion that wait, so that a mistake can be undone. */
const delaysPlaybook = `
import { play, playbook, rbd, task, z } from 'ceph-playbook'
export default playbook({
  name: 'Delays',
  vars: { pool: z.string(), replay: z.number(), deletion: z.number() },
  plays: ({ pool, replay, deletion }) => [
    play({ name: 'Replay waits', hosts: 'east:&mons', become: true, tasks: [
      task('Delay', rbd.replayDelay({ pool, image: 'image1', seconds: replay })),
    ] }),
    play({ name: 'Deletion waits', hosts: 'west:&mons', become: true, tasks: [
      task('Delay', rbd.deleteDelay({ pool, seconds: deletion })),
    ] }),
  ],
})
`

const fillPlaybook = `
import { play, playbook, rbd, task, z } from 'ceph-playbook'
export default playbook({
  name: 'Write',
  vars: { pool: z.string() },
  plays: ({ pool }) => [
    play({ name: 'At the primary', hosts: 'east:&mons', become: true, tasks: [
      task('Fill', rbd.content({ pool, image: 'image1', text: 'written at the primary' })),
    ] }),
  ],
})
`

const restorePlaybook = `
import { play, playbook, rbd, task, z } from 'ceph-playbook'
export default playbook({
  name: 'Undelete',
  vars: { pool: z.string() },
  plays: ({ pool }) => [
    play({ name: 'Back', hosts: 'west:&mons', become: true, tasks: [
      task('Restore', rbd.trash({ pool, image: 'image1', state: 'restored' })),
    ] }),
  ],
})
`

const { attempt, run } = pairFolder({
  'image.ts': imagesPlaybook,
  'delays.ts': delaysPlaybook,
  'fill.ts': fillPlaybook,
  'restore.ts': restorePlaybook,
})

afterAll(async () => {
  if (!whyNoLab()) await labDown(mirrorLab.name)
})

describeLab('mirroring', mirrorLab, () => {
  test('bare hosts become a mirrored pair', async () => {
    run('new-site.ts')
    run('bidirectional.ts', '-e', 'peers=token', '-e', 'mode=pool')
    expect(run('bidirectional.ts')).toEqual([])
    expect(await daemonStates()).toEqual(['OK', 'OK'])
  })

  test('several daemons of a site share its images, and one of them leads', async () => {
    for (const site of bothSites) {
      const { daemons } = await jsonAt(site, `rbd mirror pool status ${pool} --verbose --format json`)
      const seen = daemons.map(({ hostname }: { hostname: string }) => hostname)
      expect(seen.sort()).toEqual([`${site}-mirror-1`, `${site}-mirror-2`])
      expect(daemons.filter(({ leader }: { leader: boolean }) => leader)).toHaveLength(1)
    }
  })

  test('what was broken by hand is named by --check, repaired by a run, and nothing else', async () => {
    run('bidirectional.ts', '-e', 'mode=pool', '-e', 'peers=token')
    await atSite('east', `ceph auth caps client.rbd-mirror.east mon 'profile rbd' osd 'profile rbd'`)
    await atSite('east', `rbd mirror pool peer remove ${pool} ${await peerOf('east')}`)
    await atSite('west', `rbd mirror pool enable ${pool} image`)
    await atHost('west-mirror-1', 'rm /etc/ceph/ceph.client.rbd-mirror.west.keyring')
    await atHost('west-mirror-2', 'systemctl disable --now ceph-rbd-mirror@rbd-mirror.west')
    await atHost(
      'east-mirror-1',
      'echo "# by hand" >> /etc/ceph/ceph.conf; systemctl disable ceph-rbd-mirror@rbd-mirror.east',
    )
    const repairs = [
      `west-storage-1: mirror ${pool} in pool mode`,
      'east-storage-1: caps of client.rbd-mirror.east',
      'east-mirror-1: write /etc/ceph/ceph.conf',
      'west-mirror-1: write /etc/ceph/ceph.client.rbd-mirror.west.keyring',
      'west-mirror-2: enable ceph-rbd-mirror@rbd-mirror.west',
      'west-mirror-2: start ceph-rbd-mirror@rbd-mirror.west',
      'east-mirror-1: enable ceph-rbd-mirror@rbd-mirror.east',
      'east-mirror-1: restart ceph-rbd-mirror@rbd-mirror.east',
      'east-mirror-2: restart ceph-rbd-mirror@rbd-mirror.east',
      'west-mirror-1: restart ceph-rbd-mirror@rbd-mirror.west',
    ]
    const planned = run('bidirectional.ts', '--check', '--diff')
    const made = run('bidirectional.ts')
    for (const changes of [planned, made]) {
      // A daemon of the other site may have put an entry for itself in the meantime, which is then amended.
      const link = /^east-storage-1: (link .* to west|.* of peer west)/
      expect(changes.filter((change) => !link.test(change)).sort()).toEqual([...repairs].sort())
      expect(changes.some((change) => link.test(change))).toBe(true)
    }
    expect(run('bidirectional.ts')).toEqual([])
    expect(attempt('verify.ts')).toMatchObject({ code: 0 })
    expect(await atHost('west-mirror-1', 'stat -c "%U %a" /etc/ceph/ceph.client.rbd-mirror.west.keyring')).toBe(
      'ceph 600',
    )
  })
})

describeLongLab('mirroring, all of it', mirrorLab, () => {
  describe.each([
    ['pool', 'token'],
    ['image', 'token'],
    ['image', 'files'],
    ['pool', 'files'],
  ])('in %s mode with peers by %s', (mode, peers) => {
    const how = ['-e', `mode=${mode}`, '-e', `peers=${peers}`]

    test('one way: what is written arrives there, and only there; again, nothing changes', async () => {
      run('one-way.ts', ...how)
      expect(run('one-way.ts', ...how)).toEqual([])
      const directions = await Promise.all(bothSites.map((site) => directionsOf(site, pool)))
      expect(directions).toEqual([['tx-only'], ['rx-only']])
      const { code, stdout } = attempt('verify.ts')
      expect(code).toBe(0)
      expect(stdout).toContain('east → west: what was written is there')
      expect(stdout).not.toContain('west → east')
    })

    test('both ways', async () => {
      run('bidirectional.ts', ...how)
      expect(run('bidirectional.ts', ...how)).toEqual([])
      const { code, stdout } = attempt('verify.ts')
      expect(code).toBe(0)
      expect(stdout).toMatch(/east → west: what was written is there [\d.]+ s later, sha256 [0-9a-f]{64} on both sites/)
      expect(stdout).toMatch(/west → east: what was written is there [\d.]+ s later, sha256 [0-9a-f]{64} on both sites/)
      const left = await Promise.all(bothSites.map((site) => atSite(site, `rbd ls ${pool} | grep verify || true`)))
      expect(left).toEqual(['', ''])
    })
  })

  test('snapshots arrive as well', () => {
    run('bidirectional.ts', '-e', 'mode=image')
    const { code, stdout } = attempt('verify.ts', '-e', 'mirroring=snapshot')
    expect(code).toBe(0)
    for (const way of ['east → west', 'west → east']) expect(stdout).toContain(`${way}: what was written is there`)
  })

  test.each(['pool', 'image'])(
    'the page’s commands by hand and our playbooks end in the same state: %s mode',
    async (mode) => {
      run('bidirectional.ts', '-e', `mode=${mode}`, '-e', 'peers=files')
      const [hand, ours] = [`hand-${mode}`, `ours-${mode}`]
      for (const site of bothSites)
        await atSite(
          site,
          `ceph osd pool create ${hand} 64 64
         rbd mirror pool enable ${hand} ${mode}
         rbd mirror pool peer add ${hand} client.rbd-mirror.${other[site]}@${other[site]}`,
        )
      await atSite(
        'east',
        `rbd -p ${hand} create image1 --size 1024
       rbd feature enable ${hand}/image1 journaling
       ${mode === 'image' ? `rbd mirror image enable ${hand}/image1` : ''}`,
      )
      run('bidirectional.ts', '-e', `pool=${ours}`, '-e', `mode=${mode}`, '-e', 'peers=files', '-e', 'pgNum=64')
      run('image.ts', '-e', `pool=${ours}`, '-e', 'site=east', '-e', 'size=1G')
      const followed = ['up+stopped', 'up+replaying']
      await eventually(() => statesOf(hand), followed)
      await eventually(() => statesOf(ours), followed)
      for (const site of bothSites) expect(await stateOf(site, ours)).toEqual(await stateOf(site, hand))
      for (const site of bothSites) await atSite(site, dropPools(hand, ours))
    },
  )

  test('roles: nothing is primary twice but by force; what diverged is copied anew', async () => {
    run('bidirectional.ts')
    run('image.ts', '-e', `pool=${pool}`, '-e', 'site=east')
    await eventually(() => statesOf(pool), ['up+stopped', 'up+replaying'])
    const refused = attempt('promote.ts', '-e', 'site=west')
    expect(refused.code).toBe(4)
    expect(refused.stdout).toMatch(/mirror-pool-test\/image1 (is primary at east|follows a primary on the other site)/)

    expect(run('demote.ts', '-e', 'site=east')).toEqual([`east-storage-1: demote ${pool}/image1`])
    expect(run('promote.ts', '-e', 'site=west')).toEqual([`west-storage-1: promote ${pool}/image1`])
    expect(run('promote.ts', '-e', 'site=west')).toEqual([])
    await eventually(() => statesOf(pool), ['up+replaying', 'up+stopped'])

    expect(attempt('resync.ts', '-e', 'site=east', '-e', 'image=image1').stdout).toContain('is not in split-brain')
    expect(run('resync.ts', '-e', 'site=east')).toEqual([])

    run('promote.ts', '-e', 'site=east', '-e', 'force=true')
    await atSite('east', `rbd bench --io-type write --io-size 4096 --io-total 64K ${pool}/image1`)
    expect(await primaries()).toEqual([true, true])
    const before = await idAt('west')
    run('demote.ts', '-e', 'site=west')
    expect(run('resync.ts', '-e', 'site=west')).toEqual([`west-storage-1: copy ${pool}/image1 anew from east`])
    expect(await idAt('west')).not.toBe(before)
    await eventually(() => statesOf(pool), ['up+stopped', 'up+replaying'])
    expect(await sumAt('west')).toBe(await sumAt('east'))
  })

  test('a client that has an image open keeps it from being demoted', async () => {
    const bench = `rbd bench --io-type write --io-size 4096 --io-total 100G --io-threads 1 ${pool}/image1`
    await atSite('east', `systemd-run --unit=bench -q ${bench}`)
    await eventually(async () => (await jsonAt('east', `rbd status --format json ${pool}/image1`)).watchers.length, 1)
    const { code, stdout } = attempt('demote.ts', '-e', 'site=east')
    await atSite('east', 'systemctl stop bench')
    expect(code).toBe(4)
    expect(stdout).toMatch(/clients still have images open: mirror-pool-test\/image1 by 10\.[\d.]+:\d+\//)
    expect(await primaries()).toEqual([true, false])
  })

  test('replay and deletion wait when told to, and what was deleted can be had back', async () => {
    const delays = (replay: number, deletion: number) =>
      run('delays.ts', '-e', `pool=${pool}`, '-e', `replay=${replay}`, '-e', `deletion=${deletion}`)
    await eventually(() => statesOf(pool), ['up+stopped', 'up+replaying'])
    expect(delays(20, 600)).toHaveLength(2)
    expect(delays(20, 600)).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 15_000))
    run('fill.ts', '-e', `pool=${pool}`)
    const written = await sumAt('east')
    const start = Date.now()
    await eventually(() => sumAt('west'), written)
    expect((Date.now() - start) / 1000).toBeGreaterThan(10)
    await atSite('east', `rbd rm --no-progress ${pool}/image1`)
    await eventually(() => atSite('west', `rbd trash ls ${pool} --all | cut -d' ' -f2`), 'image1')
    expect(run('restore.ts', '-e', `pool=${pool}`)).toEqual([`west-storage-1: take ${pool}/image1 out of the trash`])
    expect(await sumAt('west')).toBe(written)
    const { mirroring } = await jsonAt('west', `rbd info --format json ${pool}/image1`)
    // In pool mode it is mirrored again at once, now as the primary.
    expect(mirroring.primary).toBe(true)
    await atSite('west', `rbd rm --no-progress ${pool}/image1`)
    run('image.ts', '-e', `pool=${pool}`, '-e', 'site=east')
    expect(delays(0, 0)).toEqual([`west-storage-1: delete delay of ${pool}`])
  })

  test('one more pool, and one more host', async () => {
    run('bidirectional.ts')
    run('add-pool.ts', '-e', 'pool=second')
    expect(run('add-pool.ts', '-e', 'pool=second')).toEqual([])
    expect(attempt('verify.ts', '-e', 'pool=second')).toMatchObject({ code: 0 })
    await atHost(
      'west-mirror-2',
      'systemctl disable --now ceph-rbd-mirror@rbd-mirror.west; yum remove -y -q rbd-mirror; rm /etc/ceph/*',
    )
    const changes = run('add-mirror-host.ts', '-e', 'hosts=west-mirror-2')
    expect(changes).toEqual([
      'west-mirror-2: install rbd-mirror',
      'west-mirror-2: write /etc/ceph/ceph.conf',
      'west-mirror-2: write /etc/ceph/ceph.client.rbd-mirror.west.keyring',
      'west-mirror-2: enable ceph-rbd-mirror@rbd-mirror.west',
      'west-mirror-2: start ceph-rbd-mirror@rbd-mirror.west',
    ])
    expect(run('bidirectional.ts')).toEqual([])
  })

  test('mirroring ends: copies are kept as images of their own, or deleted with their peers told', async () => {
    run('image.ts', '-e', 'pool=second', '-e', 'site=east')
    await eventually(() => statesOf('second'), ['up+stopped', 'up+replaying'])
    run('canary.ts', '-e', 'pool=second')
    expect(attempt('teardown.ts', '-e', 'pool=second').code).toBe(2)
    run('teardown.ts', '-e', 'pool=second', '-e', 'confirm=second')
    expect(run('teardown.ts', '-e', 'pool=second', '-e', 'confirm=second')).toEqual([])
    for (const site of bothSites) {
      expect(await atSite(site, 'systemctl list-units --all --no-legend "ceph-playbook-canary*"')).toBe('')
      expect(await atSite(site, 'rbd ls second')).toBe('image1')
      expect(await jsonAt(site, 'rbd mirror pool info second --format json')).toEqual({ mode: 'disabled' })
      await atSite(site, 'rbd bench --io-type write --io-size 4096 --io-total 4096 second/image1')
    }
    run('teardown.ts', '-e', `confirm=${pool}`, '-e', 'copies=delete', '-e', 'daemons=true')
    expect(await atSite('east', `rbd ls ${pool}`)).toBe('image1')
    expect(await atSite('west', `rbd ls ${pool}`)).toBe('')
    expect(await atHost('west-mirror-1', 'systemctl is-active ceph-rbd-mirror@rbd-mirror.west || true')).not.toBe(
      'active',
    )
    expect(await atHost('west-mirror-1', 'ls /etc/ceph')).toBe('ceph.conf\nrbdmap')
    for (const site of bothSites) await atSite(site, dropPools('second', pool))
  })
})

function dropPools(...names: readonly string[]): string {
  const drop = names.map((name) => `ceph osd pool rm ${name} ${name} --yes-i-really-really-mean-it`)
  return [
    'ceph config set mon mon_allow_pool_delete true',
    'sleep 1',
    ...drop,
    'ceph config rm mon mon_allow_pool_delete',
  ].join(' && ')
}

const daemonStates = async () =>
  Promise.all(bothSites.map((site) => jsonAt(site, `rbd mirror pool status ${pool} --format json`))).then((all) =>
    all.map(({ summary }) => summary.daemon_health),
  )

async function directionsOf(site: Site, name: string): Promise<string[]> {
  const { peers } = await jsonAt(site, `rbd mirror pool info ${name} --format json`)
  return peers.map(({ direction }: { direction: string }) => direction)
}

async function peerOf(site: Site): Promise<string> {
  return (await jsonAt(site, `rbd mirror pool info ${pool} --format json`)).peers[0].uuid
}

async function statesOf(name: string): Promise<string[]> {
  const all = await Promise.all(
    bothSites.map((site) => jsonAt(site, `rbd mirror image status ${name}/image1 --format json`)),
  )
  return all.map(({ state }) => state)
}

const infos = () => Promise.all(bothSites.map((site) => jsonAt(site, `rbd info --format json ${pool}/image1`)))
const primaries = async () => (await infos()).map(({ mirroring }) => mirroring.primary)
const idAt = async (site: Site) => (await jsonAt(site, `rbd info --format json ${pool}/image1`)).id
const sumAt = (site: Site) => atSite(site, `rbd export --no-progress ${pool}/image1 - | sha256sum`)

/** All that the page's steps leave at a site, but for what differs from pool to pool: ids and times. */
async function stateOf(site: Site, name: string) {
  const info = await jsonAt(site, `rbd mirror pool info ${name} --format json`)
  const image = await jsonAt(site, `rbd info --format json ${name}/image1`)
  const pools = await jsonAt(site, 'ceph osd pool ls detail --format json')
  const { pg_num, size } = pools.find(({ pool_name }: { pool_name: string }) => pool_name === name)
  return {
    mode: info.mode,
    siteName: info.site_name,
    peers: info.peers.map(({ direction, site_name, client_name }: Record<string, string>) => ({
      direction,
      site_name,
      client_name,
    })),
    pool: { pg_num, size },
    image: { size: image.size, features: image.features, ...image.mirroring, global_id: undefined },
  }
}
