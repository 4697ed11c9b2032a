import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { dependencyNames, parseControl } from '../../lab/control.ts'
import { filterHosts, hostsOf, inventoryYaml, subnetFor, topology } from '../../lab/index.ts'
import { parseOwnSources } from '../../lab/mirror.ts'
import { parseStat } from '../../lab/process.ts'
import { rpmSpec } from '../../lab/rpm-spec.ts'
import { addressIn, checkSubnet, freeSubnet, overlap } from '../../lab/subnet.ts'

describe('subnets', () => {
  test('a lab’s subnet is always the same, and another lab’s is another', () => {
    expect(subnetFor('demo')).toBe(subnetFor('demo'))
    expect(subnetFor('demo')).not.toBe(subnetFor('test'))
    expect(subnetFor('demo')).toMatch(/^10\.(6[4-9]|[789]\d|1[0-8]\d|19[01])\.\d{1,3}\.0\/24$/)
  })

  test('a taken one is passed over, whatever the size of what takes it', () => {
    const first = subnetFor('demo')
    expect(freeSubnet('demo', [])).toBe(first)
    expect(freeSubnet('demo', [first])).toBe(subnetFor('demo', 1))
    const [, x] = first.split('.')
    expect(freeSubnet('demo', [`10.${x}.0.0/16`])).not.toBe(first)
    expect(() => freeSubnet('demo', ['10.0.0.0/8'])).toThrow('no room for a lab')
  })

  test.each([
    ['10.1.2.0/24', '10.1.2.0/24', true],
    ['10.1.2.0/24', '10.1.3.0/24', false],
    ['10.1.2.0/24', '10.0.0.0/8', true],
    ['10.1.2.0/24', '10.1.2.255', true],
    ['10.1.2.0/24', '192.168.1.0/24', false],
    ['10.1.2.0/24', '10.1.0.0/23', false],
  ])('%s overlaps %s: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected)
    expect(overlap(b, a)).toBe(expected)
  })

  test.each(['10.1.2.0/16', '192.168.1.0/24', '10.1.2.4/24', '10.300.1.0/24', 'here'])('%s is refused', (subnet) => {
    expect(() => checkSubnet(subnet, [])).toThrow('expected the form 10.X.Y.0/24')
  })

  test('an address is the network with the host’s octet', () => {
    expect(addressIn('10.96.30.0/24', 11)).toBe('10.96.30.11')
  })
})

describe('the standard topology', () => {
  test('no two hosts share a name or an address', () => {
    const hosts = hostsOf(topology)
    expect(new Set(hosts.map(({ name }) => name)).size).toBe(hosts.length)
    expect(new Set(hosts.map(({ octet }) => octet)).size).toBe(hosts.length)
  })

  test('a site without hosts is left out', () => {
    const { sites } = filterHosts(topology, ({ name }) => name === 'west-mirror-1')
    expect(sites.map(({ name, hosts }) => [name, hosts.length])).toEqual([['west', 1]])
  })

  test('playbooks/inventory.yml is the inventory of the lab "demo"', () => {
    const committed = readFileSync(new URL('../../playbooks/inventory.yml', import.meta.url), 'utf8')
    expect(committed).toBe(inventoryYaml('demo', subnetFor('demo'), topology))
  })
})

describe('mirrors', () => {
  const uri = (suite: string) => `'http://mirror.example/debian/dists/${suite}/InRelease' mirror.example_${suite} 0 `

  test('this machine’s own, if it has the release that the lab runs', () => {
    const uris = ['bookworm', 'bookworm-security', 'bookworm-backports', 'trixie'].map(uri).join('\n')
    const mirror = 'http://mirror.example/debian/'
    expect(parseOwnSources(uris)).toEqual([`${mirror} bookworm main`, `${mirror} bookworm-security main`])
  })

  test('none of another release', () => {
    expect(parseOwnSources([uri('trixie'), uri('bookworm-backports')].join('\n'))).toEqual([])
  })
})

describe('Debian control files', () => {
  test('stanzas, with fields that go on in further lines', () => {
    const text = 'Package: a\nDescription: short\n longer\n .\n text\nSize: 1\n\n\nPackage: b\n'
    expect(parseControl(text)).toEqual([
      { Package: 'a', Description: 'short\n longer\n .\n text', Size: '1' },
      { Package: 'b' },
    ])
  })

  test('every alternative of a dependency is named once it is stripped of versions and architectures', () => {
    expect(dependencyNames('a (>= 1.0), b:any | c, d (= 2~x) , e')).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})

describe('processes', () => {
  const rest = '1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 200'

  test.each([
    [`42 (sh) S ${rest}`, { pid: 42, state: 'S', started: '987654' }],
    [`42 (a (b) c) Z ${rest}`, { pid: 42, state: 'Z', started: '987654' }],
    ['', undefined],
    ['42 (sh', undefined],
  ])('%j', (line, expected) => {
    expect(parseStat(line)).toEqual(expected)
  })
})

describe('RPM specs', () => {
  const plain = { name: 'a', version: '1', release: '0', summary: 'An a' }

  test('a plain package runs nothing when it is installed', () => {
    expect(rpmSpec(plain)).not.toMatch(/^%(pre|post|preun|postun)$/m)
  })

  test('units are started at the first installation and stopped at the last removal, not at an upgrade', () => {
    const spec = rpmSpec({ ...plain, units: ['a.target'] })
    expect(spec).toContain('%post\n[ ! -d /run/systemd/system ] || systemctl daemon-reload\n[ $1 -gt 1 ] || systemctl')
    expect(spec).toContain('%preun\n[ $1 -gt 0 ] || systemctl --quiet disable --now a.target')
  })

  test('users come before files, folders for sockets and libraries after', () => {
    const spec = rpmSpec({ ...plain, pre: ['useradd a'], tmpfiles: ['a.conf'], libraries: true, files: ['"/a"'] })
    expect(spec).toContain('%pre\nuseradd a\n')
    expect(spec).toContain('%post\nldconfig\nsystemd-tmpfiles --create a.conf')
    expect(spec.trimEnd()).toMatch(/%files\n"\/a"$/)
  })
})
