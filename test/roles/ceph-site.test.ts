import { describe, expect, test } from '@jest/globals'
import newSite from '../../playbooks/new-site.ts'
import type { Host } from '../../src/core/host.ts'
import type { TaskContext } from '../../src/core/task.ts'
import type { Inspection } from '../../src/modules/ceph/index.ts'
import { firstMon, isFirst } from '../../src/roles/ceph-cluster.ts'
import { daemonName, monHosts, monIp } from '../../src/roles/ceph-hosts.ts'
import { packagesOf } from '../../src/roles/ceph-packages.ts'

function host(name: string, vars: Record<string, unknown> = {}, groups = ['east', 'mons']): Host {
  return { name, groups, vars: { site: 'east', ...vars } }
}

/** A site whose monitors' hosts were inspected with these results; undefined for one that was not. */
function site(seen: Record<string, Inspection | undefined>, current = host('a')): TaskContext {
  return {
    host: current,
    hosts: (pattern) => (pattern === 'east:&mons' ? Object.keys(seen).map((name) => host(name)) : []),
    output: (_task, other) => {
      const found = seen[typeof other === 'string' ? other : (other ?? current).name]
      if (!found) throw new Error('has not run there')
      return found as never
    },
    changed: () => false,
    mayHaveChanged: () => false,
    ran: () => false,
  }
}

const bare: Inspection = { fsid: undefined, monitors: [] }
const begun: Inspection = { fsid: '7a5b0a4e-6f5e-4c3a-9d1e-0a6a5c1d2e3f', monitors: [] }
const standing: Inspection = { ...begun, monitors: ['x'] }

describe('the host that speaks for a cluster', () => {
  test('is the first of the inventory where nothing stands', () => {
    expect(firstMon(site({ a: bare, b: bare })).name).toBe('a')
  })

  test('is one that has a monitor, though a newcomer stands before it', () => {
    expect(firstMon(site({ a: bare, b: begun, c: standing })).name).toBe('c')
  })

  test('is the one on which an interrupted run had begun', () => {
    expect(firstMon(site({ a: bare, b: begun })).name).toBe('b')
  })

  test('is not chosen while a host that may hold the cluster was not looked at', () => {
    expect(() => firstMon(site({ a: bare, b: undefined }))).toThrow('has not run there')
  })

  test('is told from the others', () => {
    const seen = { a: bare, b: standing }
    expect(isFirst(site(seen, host('a')))).toBe(false)
    expect(isFirst(site(seen, host('b')))).toBe(true)
  })

  test('is missed by name when the site has no monitor', () => {
    expect(() => monHosts(site({}))).toThrow('the site east has no monitor')
  })
})

describe('a monitor', () => {
  test('has the name of its host up to the first dot, or the one that the inventory says', () => {
    expect(daemonName(host('mon1.east.example'))).toBe('mon1')
    expect(daemonName(host('mon1', { monitor_name: 'a' }))).toBe('a')
  })

  test('is reached at monitor_address, else where we log in', () => {
    expect(monIp(host('a', { ansible_host: '10.0.0.1' }))).toBe('10.0.0.1')
    expect(monIp(host('a', { ansible_host: '10.0.0.1', monitor_address: '192.0.2.7' }))).toBe('192.0.2.7')
    expect(monIp(host('2001:db8::7'))).toBe('2001:db8::7')
  })

  test('needs an IP address, and says where to set it', () => {
    expect(() => monIp(host('a', { ansible_host: 'a.example' }))).toThrow('a.example is no IP address')
  })
})

test('a host has the packages of its groups', () => {
  expect(packagesOf(host('a', {}, ['east', 'mons', 'osds']))).toEqual(['ceph-common', 'ceph-mon', 'ceph-osd'])
  expect(packagesOf(host('a', {}, ['east', 'clients']))).toEqual(['ceph-common'])
})

describe('new-site', () => {
  const hostsOf = (vars: Record<string, unknown>) => newSite.plays(vars).map(({ hosts }) => hosts)

  test('builds every site, or the one that is named', () => {
    expect(hostsOf({})[0]).toBe('mons:mgrs:osds')
    expect(hostsOf({ site: 'east' }).every((pattern) => pattern.endsWith(':&east'))).toBe(true)
  })
})
