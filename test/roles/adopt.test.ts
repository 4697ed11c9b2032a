import { describe, expect, test } from '@jest/globals'
import type { FoundPeer, FoundSite } from '../../src/modules/rbd/found-site.ts'
import { describeFinding, findings, refusals } from '../../src/roles/adopt-findings.ts'
import { describePair, nextCommand, variableFiles } from '../../src/roles/adopt-variables.ts'
import { daemonNamesOf, directionOf, type FoundHost, type FoundPair, siteNamesOf } from '../../src/roles/found-pair.ts'

const fsids: Record<string, string> = {
  east: '294fbb0d-8e65-4cb4-be90-024fd1804fb4',
  west: 'e3a27d73-ce20-4274-983d-8c9eb12b58eb',
}
const conf = (site: string, path: string, sha256 = `conf of ${site}`) => ({
  path,
  sha256,
  fsid: fsids[site] ?? '',
  monHost: site === 'east' ? '10.0.0.1' : '10.0.1.1',
})

/** What the page's commands leave at a site, but for the peer. */
const byHand = (site: string, number: number, peers: readonly FoundPeer[]): FoundSite => ({
  fsid: fsids[site] ?? '',
  monHost: site === 'east' ? '[v2:10.0.0.1:3300,v1:10.0.0.1:6789]' : '[v2:10.0.1.1:3300,v1:10.0.1.1:6789]',
  release: 16,
  mode: 'pool',
  siteName: fsids[site],
  peers,
  users: { [`client.rbd-mirror.ceph${number}`]: { mon: 'profile rbd', osd: 'profile rbd' } },
  forRbd: false,
  otherPools: [],
})

const peer = (number: number): FoundPeer => ({
  uuid: '77b5ed7f-fe29-4939-849d-390e1fa9122b',
  site: `mirror-ceph${number}`,
  client: `client.rbd-mirror.ceph${number}`,
  direction: 'rx-tx',
  mirrorUuid: undefined,
  kept: 'files',
})
const ping = (site: string): FoundPeer => ({
  uuid: '365555a5-9ad6-4f48-ba78-29d28d30497c',
  site: fsids[site] ?? '',
  client: '',
  direction: 'tx-only',
  mirrorUuid: 'b899b7d5',
  kept: 'files',
})

const keyring = (path: string, mode = '0644', owner = 'root') => ({ path, mode, owner })

const mirrorHost = (site: string, own: number, other: number, name = `${site}-mirror-1`): FoundHost => ({
  name,
  site,
  confSha256: `conf of ${site}`,
  found: {
    daemons: [{ user: `rbd-mirror.ceph${own}`, running: true, enabled: true, cluster: 'ceph' }],
    targetEnabled: true,
    confs: [
      conf(site, '/etc/ceph/ceph.conf'),
      conf(site === 'east' ? 'west' : 'east', `/etc/ceph/mirror-ceph${other}.conf`),
    ],
    keyrings: [
      keyring(`/etc/ceph/ceph.client.rbd-mirror.ceph${own}.keyring`),
      keyring(`/etc/ceph/mirror-ceph${other}.client.rbd-mirror.ceph${other}.keyring`),
    ],
  },
})

const inventory = {
  east: { name: 'east', user: 'rbd-mirror.east' },
  west: { name: 'west', user: 'rbd-mirror.west' },
}

/** The page as it is: mirror-ceph2 (west) receives from mirror-ceph1 (east). */
const oneWay: FoundPair = {
  sites: ['east', 'west'],
  ways: 'found',
  inventory,
  found: { east: byHand('east', 1, [ping('west')]), west: byHand('west', 2, [peer(1)]) },
  hosts: [mirrorHost('east', 1, 2), mirrorHost('west', 2, 1)],
}

/** The page, and all of it once more the other way round. */
const bothWays: FoundPair = {
  ...oneWay,
  found: { east: byHand('east', 1, [peer(2), ping('west')]), west: byHand('west', 2, [peer(1), ping('east')]) },
}

const [eastHost, westHost] = bothWays.hosts
const withHost = (pair: FoundPair, host: FoundHost, found: Partial<FoundHost['found']>): FoundPair => ({
  ...pair,
  hosts: pair.hosts.map((other) =>
    other.name === host.name ? { ...other, found: { ...other.found, ...found } } : other,
  ),
})
const seen = (pair: FoundPair) => findings(pair).map(describeFinding)

describe('what things are called', () => {
  test('a site is what the files of its peer are called', () => {
    expect(siteNamesOf(bothWays, 'east')).toEqual({ name: 'mirror-ceph1', user: 'rbd-mirror.ceph1' })
    expect(siteNamesOf(bothWays, 'west')).toEqual({ name: 'mirror-ceph2', user: 'rbd-mirror.ceph2' })
  })

  test('a site that nobody receives from is what the inventory calls it, and its user that of its daemons', () =>
    expect(siteNamesOf(oneWay, 'west')).toEqual({ name: 'west', user: 'rbd-mirror.ceph2' }))

  test('a site that has a name of its own keeps it', () => {
    const named = {
      ...oneWay,
      found: { ...oneWay.found, west: { ...byHand('west', 2, [peer(1)]), siteName: 'osaka' } },
    }
    expect(siteNamesOf(named, 'west').name).toBe('osaka')
  })

  test('a daemon with a user and a cluster of its own keeps them', () => {
    if (!westHost) throw new Error('no host')
    const daemons = [{ user: 'rbd-mirror.b', running: true, enabled: false, cluster: 'backup' }]
    const pair = withHost(bothWays, westHost, { daemons })
    const [, host] = pair.hosts
    if (!host) throw new Error('no host')
    expect(daemonNamesOf(pair, host)).toMatchObject({ user: 'rbd-mirror.b', cluster: 'backup' })
    expect(variableFiles(pair)['host_vars/west-mirror-1.yml']).toEqual({ mirror_user: 'rbd-mirror.b' })
    expect(variableFiles(pair)['group_vars/west.yml']).toMatchObject({ mirror_cluster: 'backup' })
  })

  test('files that are right in other words are kept; others are written', () => {
    if (!westHost) throw new Error('no host')
    const files = (own: ReturnType<typeof conf>) => ({
      confs: [own, conf('east', '/etc/ceph/mirror-ceph1.conf')],
    })
    const keeps = (own: ReturnType<typeof conf>) => {
      const pair = withHost(bothWays, westHost, files(own))
      return pair.hosts.map((host) => daemonNamesOf(pair, host).keepsConf)[1]
    }
    expect(keeps(conf('west', '/etc/ceph/ceph.conf'))).toBe(false)
    expect(keeps(conf('west', '/etc/ceph/ceph.conf', 'by hand'))).toBe(true)
    expect(keeps({ ...conf('west', '/etc/ceph/ceph.conf', 'by hand'), fsid: '' })).toBe(true)
    expect(keeps({ ...conf('west', '/etc/ceph/ceph.conf', 'by hand'), monHost: '10.9.9.9' })).toBe(false)
    expect(keeps(conf('east', '/etc/ceph/ceph.conf', 'by hand'))).toBe(false)
  })
})

describe('what is to be changed, and why', () => {
  test('the page’s own faults', () => {
    expect(seen(bothWays)).toEqual(
      expect.arrayContaining([
        'east: pool without application → application rbd, since ceph health complains',
        expect.stringMatching(/^east: the cluster calls itself 294fbb0d-\S+ → mirror-ceph1, since /),
        expect.stringMatching(/^west: client\.rbd-mirror\.ceph2 has mon 'profile rbd' .* → mon 'profile rbd-mirror' /),
        expect.stringMatching(/^west-mirror-1: \S+ceph2\.keyring is root's with mode 0644 → .* everybody on the host/),
        expect.stringMatching(
          /^west-mirror-1: ceph-rbd-mirror@rbd-mirror\.ceph2 goes by .* → restarted, one host after/,
        ),
        expect.stringMatching(/^east: entry e3a27d73-\S+ among the peers → removed/),
      ]),
    )
    expect(seen(bothWays)).toHaveLength(14)
  })

  test('a peer that says both ways where one is meant, and one way where both are', () => {
    expect(seen(oneWay)).toContainEqual(
      expect.stringMatching(/^west: peer mirror-ceph1 is rx-tx → rx-only, since east /),
    )
    expect(oneWay.sites.map((site) => directionOf(oneWay, site))).toEqual(['tx-only', 'rx-only'])
    const meant: FoundPair = { ...oneWay, ways: 'both' }
    expect(seen(meant)).toContainEqual(
      'east: it receives nothing → peer client.rbd-mirror.ceph2@west (rx-tx), since ways=both was asked for',
    )
    expect(seen(meant)).toContainEqual(
      expect.stringMatching(/^east-mirror-1: \/etc\/ceph\/west\.conf is missing → written/),
    )
  })

  test('a unit that would not come back, and one that does not run', () => {
    if (!eastHost) throw new Error('no host')
    const daemons = [{ user: 'rbd-mirror.ceph1', running: false, enabled: false, cluster: 'ceph' }]
    const told = seen(withHost(bothWays, eastHost, { daemons, targetEnabled: false }))
    expect(told).toContainEqual(expect.stringMatching(/^east-mirror-1: ceph-rbd-mirror\.target is not enabled/))
    expect(told).toContainEqual(
      expect.stringMatching(/^east-mirror-1: ceph-rbd-mirror@rbd-mirror\.ceph1 is not enabled/),
    )
    expect(told).toContainEqual(expect.stringMatching(/^east-mirror-1: ceph-rbd-mirror@rbd-mirror\.ceph1 does not run/))
  })

  test('nothing, once it is so', () => {
    const right = (site: string, own: number, other: number): FoundSite => ({
      ...byHand(site, own, [{ ...peer(other), mirrorUuid: 'b899b7d5' }]),
      siteName: `mirror-ceph${own}`,
      users: { [`client.rbd-mirror.ceph${own}`]: { mon: 'profile rbd-mirror', osd: 'profile rbd' } },
      forRbd: true,
    })
    const closed = bothWays.hosts.map((host) => ({
      ...host,
      found: { ...host.found, keyrings: host.found.keyrings.map(({ path }) => keyring(path, '0600', 'ceph')) },
    }))
    const pair = { ...bothWays, found: { east: right('east', 1, 2), west: right('west', 2, 1) }, hosts: closed }
    expect(seen(pair)).toEqual([])
  })
})

describe('what cannot be taken over', () => {
  test('a pair that takes over is not refused', () => {
    expect(refusals(oneWay, 'p')).toEqual([])
    expect(refusals(bothWays, 'p')).toEqual([])
  })

  test('sites without a link', () => {
    const pair = { ...oneWay, found: { east: byHand('east', 1, []), west: byHand('west', 2, []) } }
    expect(refusals(pair, 'p')).toEqual([
      expect.stringContaining('there is nothing to adopt; bidirectional.ts links them'),
    ])
  })

  test('a peer that is a third cluster', () => {
    if (!westHost) throw new Error('no host')
    const foreign = { ...conf('east', '/etc/ceph/mirror-ceph1.conf'), fsid: 'another' }
    const pair = withHost(oneWay, westHost, { confs: [conf('west', '/etc/ceph/ceph.conf'), foreign] })
    expect(refusals(pair, 'p')).toEqual([expect.stringContaining('leads to the cluster another')])
  })

  test('peers kept in two ways', () => {
    const token: FoundPeer = { ...peer(1), kept: 'cluster', client: 'client.rbd-mirror-peer' }
    const pair = { ...bothWays, found: { ...bothWays.found, west: byHand('west', 2, [token]) } }
    expect(refusals(pair, 'p')).toEqual([expect.stringContaining('in two ways')])
  })
})

describe('what the inventory has to say', () => {
  test('names, by file, and the playbook that keeps it so', () => {
    expect(variableFiles(bothWays)).toEqual({
      'group_vars/east.yml': { mirror_site_name: 'mirror-ceph1', mirror_user: 'rbd-mirror.ceph1' },
      'group_vars/west.yml': { mirror_site_name: 'mirror-ceph2', mirror_user: 'rbd-mirror.ceph2' },
    })
    expect(nextCommand(bothWays, 'p')).toBe(
      'playbook run bidirectional.ts -e sites=east,west -e pool=p -e mode=pool -e peers=files',
    )
    expect(nextCommand(oneWay, 'p')).toBe(
      'playbook run one-way.ts -e from=east -e to=west -e pool=p -e mode=pool -e peers=files',
    )
    expect(describePair(oneWay)).toEqual([
      'east is mirror-ceph1, its user client.rbd-mirror.ceph1; it receives nothing',
      'west is west, its user client.rbd-mirror.ceph2; it receives from client.rbd-mirror.ceph1@mirror-ceph1',
    ])
  })
})
