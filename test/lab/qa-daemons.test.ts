import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { atHost, atSite, endLab, eventually, jsonAt, mirrorLab, pairFolder } from './mirrored-pair.ts'
import { askDaemons, attempt, daemons, imagesOf, mirroredSites, mirrorHosts, run } from './qa-pool.ts'
import { describeLongLab } from './support.ts'

afterAll(endLab)

const pool = 'qa-ha'
const other = 'qa-token'
const unit = 'ceph-rbd-mirror@rbd-mirror.west'

/** More daemons of a site, several on a host: each is a user with a keyring and a unit. */
const morePlaybook = `
import { adminHere, ceph, copy, onAdmin, play, playbook, systemd, task } from 'ceph-playbook'
const names = [2, 3].map((number) => 'rbd-mirror.west.' + number)
const users = names.map((name) => task('User ' + name, ceph.auth({
  entity: 'client.' + name, caps: { mon: 'profile rbd-mirror', osd: 'profile rbd' } }), { when: onAdmin }))
export default playbook({
  name: 'More daemons',
  plays: [
    play({ name: 'Users', hosts: 'west:&mons', become: true, tasks: users }),
    play({ name: 'Daemons', hosts: 'west:&rbdmirrors', become: true, tasks: names.flatMap((name, index) => [
      task('Keyring of ' + name, copy((context) => ({
        dest: '/etc/ceph/ceph.client.' + name + '.keyring', owner: 'ceph', group: 'ceph', mode: '0600',
        content: context.output(users[index], adminHere(context)).keyring }))),
      task('Start ' + name, systemd({ unit: 'ceph-rbd-mirror@' + name, state: 'started', enabled: true })),
    ]) }),
  ],
})
`

interface Daemon {
  readonly service_id: string
  readonly instance_id: string
  readonly client_id: string
  readonly hostname: string
  readonly leader: boolean
  readonly health: string
  readonly callouts?: readonly string[]
}

/** Ceph’s rbd_mirror_ha.sh and rbd_mirror_bootstrap.sh; docs/qa.md is the table. */
describeLongLab('Ceph’s QA, daemons and their peers', mirrorLab, () => {
  const on = imagesOf(pool, 'journal')
  const more = pairFolder({ 'more.ts': morePlaybook })
  const daemonsOf = async (of = pool): Promise<Daemon[]> =>
    (await jsonAt('west', `rbd mirror pool status ${of} --verbose --format json`)).daemons
  const leader = async () => {
    const leaders = (await daemonsOf()).filter((daemon) => daemon.leader)
    if (leaders.length !== 1 || !leaders[0]) throw new Error(`${leaders.length} daemons lead`)
    return leaders[0]
  }
  const unitOf = ({ client_id }: Daemon) => `ceph-rbd-mirror@rbd-mirror.${client_id}`
  /** A daemon that leads, alive and not the one that led before. */
  const otherLeads = (before: Daemon) =>
    eventually(async () => (await leader()).instance_id !== before.instance_id, true, 180)
  let written = 0
  /** An image that was there, and one that is new, are replayed. */
  const oldAndNewReplay = async () => {
    const image = `new-${++written}`
    on.steps('east', ...on.mirrored(image), ...on.written('old', `write ${written}`))
    await on.follows('west', image)
    await on.follows('west', 'old')
  }

  beforeAll(async () => {
    mirroredSites([pool, 'image'])
    on.steps('east', ...on.mirrored('old'))
    await on.follows('west', 'old')
  })

  test('a leader that gives the lead away is followed by another, and leads again if it is alone', async () => {
    const first = await leader()
    await atHost(
      first.hostname,
      `for socket in /run/ceph/*.asok; do ceph --admin-daemon $socket rbd mirror leader release >/dev/null 2>&1; done; true`,
    )
    await eventually(leader, expect.objectContaining({ health: 'OK' }))
    await oldAndNewReplay()
  })

  test('the follower stops, the leader stops: the one that is left does the work', async () => {
    const first = await leader()
    const [follower] = mirrorHosts('west').filter((host) => host !== first.hostname)
    await atHost(follower ?? '', `systemctl stop ${unit}`)
    await oldAndNewReplay()
    await atHost(follower ?? '', `systemctl start ${unit}`)
    await eventually(async () => (await daemonsOf()).length, 2)
    await atHost(first.hostname, `systemctl stop ${unit}`)
    await otherLeads(first)
    await oldAndNewReplay()
    daemons('west', 'started')
    await eventually(async () => (await daemonsOf()).length, 2)
  })

  test('a leader that is killed is replaced, and comes back as a follower', async () => {
    const first = await leader()
    await atHost(first.hostname, `systemctl kill --signal=KILL ${unit}`)
    await otherLeads(first)
    await oldAndNewReplay()
    daemons('west', 'started')
    await eventually(async () => (await daemonsOf()).map(({ health }) => health), ['OK', 'OK'])
  })

  test('six daemons on two hosts share the images, and go on while six leaders stop one after the other', async () => {
    expect(more.run('more.ts').length).toBeGreaterThan(0)
    expect(more.run('more.ts')).toEqual([])
    await eventually(async () => (await daemonsOf()).length, 6)
    for (let round = 0; round < 6; round++) {
      const first = await leader()
      await atHost(first.hostname, `systemctl stop ${unitOf(first)}`)
      await otherLeads(first)
      await atHost(first.hostname, `systemctl reset-failed ${unitOf(first)} || true; systemctl start ${unitOf(first)}`)
      if (round % 2 === 1) await oldAndNewReplay()
    }
    await eventually(async () => (await daemonsOf()).length, 6)
    for (const host of mirrorHosts('west'))
      await atHost(
        host,
        `for n in 2 3; do systemctl disable --now ceph-rbd-mirror@rbd-mirror.west.$n; rm /etc/ceph/ceph.client.rbd-mirror.west.$n.keyring; done`,
      )
    await eventually(async () => (await daemonsOf()).length, 2)
  }, 3_600_000)

  test('one token serves two pools, one of them one way only', async () => {
    run('one-way.ts', '-e', `pool=${other}`, '-e', 'mode=image')
    const peers = async (site: 'east' | 'west', of: string) =>
      (await jsonAt(site, `rbd mirror pool info ${of} --all --format json`)).peers
    const [both, single] = [await peers('west', pool), await peers('west', other)]
    expect(both[0]).toMatchObject({ direction: 'rx-tx', client_name: 'client.rbd-mirror-peer' })
    expect(single[0]).toMatchObject({ direction: 'rx-only', key: both[0].key, mon_host: both[0].mon_host })
    await eventually(
      async () => (await peers('east', other)).map(({ direction }: { direction: string }) => direction),
      ['tx-only'],
    )
    const single_ = imagesOf(other, 'snapshot')
    single_.steps('east', ...single_.mirrored('one'))
    await eventually(() => single_.stateAt('west', 'one'), 'up+replaying')
    await single_.arrived('one')
  })

  test('a user that is wrong is told by the daemon and by the preflight; mended, the same daemon goes on', async () => {
    const [peer] = (await jsonAt('west', `rbd mirror pool info ${pool} --format json`)).peers
    const service = (await leader()).service_id
    const of = (list: Daemon[]) => list.map(({ health }) => health)
    await atSite('west', `rbd mirror pool peer set ${pool} ${peer.uuid} client client.bogus`)
    await eventually(async () => of(await daemonsOf()), expect.arrayContaining(['ERROR']), 180)
    expect((await daemonsOf()).flatMap(({ callouts = [] }) => callouts)).toContain(
      'unable to connect to remote cluster',
    )
    // The other pool of the same daemons, with the same other site, is well.
    expect(of(await daemonsOf(other))).not.toContain('ERROR')
    const preflight = attempt('preflight.ts', '-e', `pool=${pool}`)
    expect(preflight.code).toBe(4)
    expect(preflight.stdout).toContain('east rejects client.bogus: it has no such user')

    expect(run('bidirectional.ts', '-e', `pool=${pool}`, '-e', 'mode=image')).toContain(
      'west-storage-1: client of peer east',
    )
    await eventually(async () => of(await daemonsOf()), ['OK', 'OK'], 180)
    expect((await leader()).service_id).not.toBe(service)
    await oldAndNewReplay()
  })

  test('a pool that is taken away is left alone by the daemons, which go on with the other', async () => {
    run('teardown.ts', '-e', `pool=${other}`, '-e', `confirm=${other}`, '-e', 'copies=delete')
    for (const site of ['east', 'west'] as const)
      await atSite(
        site,
        `ceph config set mon mon_allow_pool_delete true; rbd ls ${other} | xargs -r -n 1 -I{} rbd rm --no-progress ${other}/{}
         for i in 1 2 3 4 5; do ceph osd pool rm ${other} ${other} --yes-i-really-really-mean-it && break; sleep 1; done`,
      )
    await askDaemons('west', 'rbd mirror status')
    await oldAndNewReplay()
    await eventually(async () => (await daemonsOf()).map(({ health }) => health), ['OK', 'OK'])
  })
})
