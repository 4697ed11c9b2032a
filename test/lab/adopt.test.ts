import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { labFiles } from '../../lab/index.ts'
import { project } from '../cli/support.ts'
import {
  atHost,
  atSite,
  bothSites,
  endLab,
  eventually,
  jsonAt,
  mirrorLab,
  pairFolder,
  type Site,
} from './mirrored-pair.ts'
import { describeLongLab } from './support.ts'

const pool = 'mirror-pool-test'
const hostsOf = { east: ['east-mirror-1', 'east-mirror-2'], west: ['west-mirror-1', 'west-mirror-2'] } as const
const numbers = { east: 1, west: 2 } as const
const other = { east: 'west', west: 'east' } as const
const allHosts = [...hostsOf.east, ...hostsOf.west]

const { run, attempt } = pairFolder()

/** An inventory of its own, so that `adopt.ts` can write variables into it. */
const folder = project()
function inventory(): string {
  const path = join(folder, 'inventory')
  mkdirSync(path, { recursive: true })
  cpSync(labFiles(mirrorLab.name).inventory, join(path, 'inventory.yml'))
  writeFileSync(join(path, 'localhost.yml'), 'all: { hosts: { localhost: { ansible_connection: local } } }\n')
  return path
}

afterAll(endLab)

describeLongLab('a pair that was set up by hand, word for word after the page', mirrorLab, () => {
  test('by hand', async () => {
    run('new-site.ts')
    await Promise.all(allHosts.map((host) => atHost(host, install(host))))
    for (const site of bothSites) await makeUserAndDaemons(site)
    for (const site of bothSites) await copyKey(site)
    for (const site of bothSites)
      await atSite(site, `ceph osd pool create ${pool} 64 64; rbd  mirror pool enable ${pool} pool`)
    for (const site of bothSites) {
      const there = numbers[other[site]]
      await atSite(site, `rbd  mirror pool peer add ${pool} client.rbd-mirror.ceph${there}@mirror-ceph${there}`)
    }
    await atSite('east', `rbd -p ${pool} create image1 --size 1024; rbd feature enable ${pool}/image1 journaling`)
    await eventually(statesOf, ['up+stopped', 'up+replaying'])
    await eventually(() => entriesOf('east'), ['rx-tx mirror-ceph2', expect.stringMatching(/^tx-only [0-9a-f-]{36}$/)])
    // What an operator forgets.
    await atHost('west-mirror-2', 'systemctl disable ceph-rbd-mirror@rbd-mirror.ceph2')
  })

  test('--check names what it would change, and why, and changes nothing', async () => {
    const before = await Promise.all([everything(), Promise.all(allHosts.map(pidOf))])
    const { code, stdout, changes } = attempt('adopt.ts', '--check', '-i', inventory())
    expect(code).toBe(0)
    for (const why of [
      /east: client\.rbd-mirror\.ceph1 has mon 'profile rbd' osd 'profile rbd' → mon 'profile rbd-mirror'/,
      /east: the cluster calls itself [0-9a-f-]{36} → mirror-ceph1, since/,
      /east-mirror-1: \S+rbd-mirror\.ceph1\.keyring is root's with mode 0644 → ceph's with mode 0600, since everybody/,
      /west-mirror-2: ceph-rbd-mirror@rbd-mirror\.ceph2 is not enabled → enabled, since mirroring would end/,
    ])
      expect(stdout).toMatch(why)
    expect(changes).toContain('east-storage-1: caps of client.rbd-mirror.ceph1')
    expect(changes).toContain('west-mirror-2: enable ceph-rbd-mirror@rbd-mirror.ceph2')
    expect(changes.filter((change) => /write |install |create /.test(change))).toEqual([])
    expect(await Promise.all([everything(), Promise.all(allHosts.map(pidOf))])).toEqual(before)
  })

  test('nothing but adopt makes anything of it', async () => {
    const before = await everything()
    const { code, changes, stdout } = attempt('bidirectional.ts', '-i', inventory(), '-e', 'peers=files')
    expect({ failed: code !== 0, changes }).toEqual({ failed: true, changes: [] })
    expect(stdout).toContain('[by-hand]')
    expect(await everything()).toEqual(before)
  })

  test('adopt: data goes on arriving, one daemon after the other is restarted, nothing is copied anew', async () => {
    const id = await idAt('west')
    const pids = await Promise.all(allHosts.map(pidOf))
    await atSite('east', writer)
    for (const site of bothSites) await Promise.all(hostsOf[site].map((host) => atHost(host, watcher(site))))
    const changes = run('adopt.ts', '-i', inventory(), '-e', `write=${inventory()}`)
    for (const host of allHosts)
      expect(changes).toContain(`${host}: restart ceph-rbd-mirror@rbd-mirror.ceph${host.startsWith('east') ? 1 : 2}`)
    await Promise.all(allHosts.map((host) => atHost(host, 'systemctl stop watch-daemon')))
    for (const site of bothSites) expect(await secondsWithout(site)).toEqual([])
    const now = await Promise.all(allHosts.map(pidOf))
    expect(now.every((pid, at) => pid !== pids[at])).toBe(true)
    await atSite('east', 'systemctl stop writer')
    expect(await idAt('west')).toBe(id)
    await eventually(() => sumAt('west'), await sumAt('east'))
    await eventually(() => healthOf(), ['OK', 'OK'])
    await eventually(() => entriesOf('east'), ['rx-tx mirror-ceph2'])
    await eventually(() => entriesOf('west'), ['rx-tx mirror-ceph1'])
  })

  test('again, nothing changes, and no daemon is touched; nor by bidirectional.ts with the variables', async () => {
    const pids = await Promise.all(allHosts.map(pidOf))
    const path = inventory()
    expect(run('adopt.ts', '-i', path, '-e', `write=${path}`)).toEqual([])
    expect(readFileSync(join(path, 'group_vars/east.yml'), 'utf8')).toContain(
      'mirror_site_name: mirror-ceph1\nmirror_user: rbd-mirror.ceph1\n',
    )
    expect(run('bidirectional.ts', '-i', path, '-e', 'peers=files', '-e', 'mode=pool')).toEqual([])
    expect(await Promise.all(allHosts.map(pidOf))).toEqual(pids)
    expect(attempt('verify.ts', '-i', path)).toMatchObject({ code: 0 })
  })
})

describeLongLab('a pair by hand, one way, with names and files of its own', mirrorLab, () => {
  test('by hand: west is the cluster "backup" to its daemons', async () => {
    run('remove-peer.ts', '-i', inventory())
    await atSite('east', `rbd mirror pool disable ${pool}; rbd mirror pool enable ${pool} image`)
    await atSite('west', `rbd mirror pool disable ${pool}; rbd mirror pool enable ${pool} image`)
    await Promise.all(
      hostsOf.west.map((host) =>
        atHost(
          host,
          `systemctl stop ceph-rbd-mirror@rbd-mirror.ceph2; systemctl reset-failed
           mv /etc/ceph/ceph.conf /etc/ceph/backup.conf; echo '# by hand' >> /etc/ceph/backup.conf
           mv /etc/ceph/ceph.client.rbd-mirror.ceph2.keyring /etc/ceph/backup.client.rbd-mirror.ceph2.keyring
           echo CLUSTER=backup >> /etc/default/ceph; systemctl start ceph-rbd-mirror@rbd-mirror.ceph2`,
        ),
      ),
    )
    await atSite('west', `rbd mirror pool peer add ${pool} client.rbd-mirror.ceph1@mirror-ceph1`)
    await atSite('east', `rbd create ${pool}/image2 --size 64; rbd mirror image enable ${pool}/image2 journal`)
    await eventually(
      async () => (await jsonAt('west', `rbd mirror image status ${pool}/image2 --format json`)).state,
      'up+replaying',
    )
  })

  test('it stays one way and keeps its names; then both ways are asked for', async () => {
    const path = inventory()
    const changes = run('adopt.ts', '-i', path, '-e', `write=${path}`)
    expect(changes).toContainEqual(expect.stringMatching(/^west-storage-1: direction of peer mirror-ceph1/))
    expect(changes.filter((change) => / write /.test(change) && !change.startsWith('localhost'))).toEqual(
      expect.not.arrayContaining([expect.stringContaining('/etc/ceph')]),
    )
    const vars = readFileSync(join(path, 'group_vars/west.yml'), 'utf8')
    expect(vars).toContain('mirror_cluster: backup')
    expect(vars).toContain('mirror_conf: keep')
    expect(run('adopt.ts', '-i', path)).toEqual([])
    expect(run('one-way.ts', '-i', path, '-e', 'peers=files', '-e', 'mode=image')).toEqual([])
    run('adopt.ts', '-i', path, '-e', 'ways=both', '-e', `write=${path}`)
    expect(run('bidirectional.ts', '-i', path, '-e', 'peers=files', '-e', 'mode=image')).toEqual([])
    expect(attempt('verify.ts', '-i', path)).toMatchObject({ code: 0 })
  })
})

function install(host: string): string {
  return host.startsWith('east')
    ? 'apt-get update -q && apt-get install -y -q rbd-mirror'
    : 'yum install -y -q rbd-mirror'
}

/** The page's commands; the keyring is made on the first monitor and copied, as its administrator would. */
async function makeUserAndDaemons(site: Site): Promise<void> {
  const name = `rbd-mirror.ceph${numbers[site]}`
  const keyring = `/etc/ceph/ceph.client.${name}.keyring`
  await atSite(site, `ceph auth get-or-create client.${name} mon 'profile rbd' osd 'profile rbd' -o ${keyring}`)
  for (const host of hostsOf[site]) {
    await give(site, '/etc/ceph/ceph.conf', host, '/etc/ceph/ceph.conf')
    await give(site, keyring, host, keyring)
    await atHost(
      host,
      `systemctl enable ceph-rbd-mirror.target
       systemctl enable ceph-rbd-mirror@${name}
       systemctl start ceph-rbd-mirror@${name}`,
    )
  }
}

async function copyKey(site: Site): Promise<void> {
  const n = numbers[site]
  for (const host of hostsOf[other[site]]) {
    await give(site, '/etc/ceph/ceph.conf', host, `/etc/ceph/mirror-ceph${n}.conf`)
    await give(
      site,
      `/etc/ceph/ceph.client.rbd-mirror.ceph${n}.keyring`,
      host,
      `/etc/ceph/mirror-ceph${n}.client.rbd-mirror.ceph${n}.keyring`,
    )
  }
}

async function give(site: Site, from: string, host: string, to: string): Promise<void> {
  const bytes = await atSite(site, `base64 -w 0 ${from}`)
  await atHost(host, `echo ${bytes} | base64 -d > ${to}`)
}

/** Writes something new each second. */
const writer = `cat > /root/writer <<'END'
while :; do
  rbd bench --io-type write --io-size 4096 --io-total 16384 --io-pattern rand ${pool}/image1 > /dev/null
  sleep 1
done
END
systemd-run -q --unit writer sh /root/writer`

/** Notes each second in which the host's daemon runs. */
function watcher(site: Site): string {
  return `cat > /root/watch <<'END'
while :; do
  systemctl is-active -q ceph-rbd-mirror@rbd-mirror.ceph${numbers[site]} && date +%s >> /root/ran
  date +%s >> /root/watched
  sleep 0.5
done
END
systemd-run -q --unit watch-daemon sh /root/watch`
}

/** Seconds in which no daemon of a site ran. */
async function secondsWithout(site: Site): Promise<number[]> {
  const [ran, watched] = await Promise.all(
    ['ran', 'watched'].map(async (file) => {
      const all = await Promise.all(hostsOf[site].map((host) => atHost(host, `cat /root/${file}`)))
      return new Set(all.join('\n').split('\n').map(Number))
    }),
  )
  return [...(watched ?? [])].filter((second) => !ran?.has(second))
}

function pidOf(host: string): Promise<string> {
  const unit = `ceph-rbd-mirror@rbd-mirror.ceph${host.startsWith('east') ? 1 : 2}`
  return atHost(host, `systemctl show -p MainPID --value ${unit}`)
}

async function everything(): Promise<unknown> {
  const sites = bothSites.map(async (site) => [
    await jsonAt(site, `rbd mirror pool info ${pool} --format json`),
    await jsonAt(site, `ceph auth get client.rbd-mirror.ceph${numbers[site]} --format json`),
  ])
  const hosts = allHosts.map((host) => atHost(host, 'stat -c "%n %a %U" /etc/ceph/*; ls -R /etc/systemd/system'))
  return Promise.all([...sites, ...hosts])
}

async function statesOf(): Promise<string[]> {
  const all = await Promise.all(
    bothSites.map((site) => jsonAt(site, `rbd mirror image status ${pool}/image1 --format json`)),
  )
  return all.map(({ state }) => state)
}

async function healthOf(): Promise<string[]> {
  const all = await Promise.all(bothSites.map((site) => jsonAt(site, `rbd mirror pool status ${pool} --format json`)))
  return all.map(({ summary }) => summary.health)
}

async function entriesOf(site: Site): Promise<string[]> {
  const { peers } = await jsonAt(site, `rbd mirror pool info ${pool} --format json`)
  return peers.map((peer: Record<string, string>) => `${peer.direction} ${peer.site_name}`).sort()
}

const idAt = async (site: Site) => (await jsonAt(site, `rbd info --format json ${pool}/image1`)).id
const sumAt = (site: Site) => atSite(site, `rbd export --no-progress ${pool}/image1 - | sha256sum`)
