import { describe, expect, test } from '@jest/globals'
import type { Host } from '../../src/core/host.ts'
import type { Task, TaskContext } from '../../src/core/task.ts'
import { disksXml, libvirtGuests } from '../../src/roles/guests.ts'
import { openstackGuests, volumesOf } from '../../src/roles/openstack-guests.ts'

const access = { pool: 'vms', user: 'libvirt', uuid: '0f9d8c3e-5a3b-4d0a-9d6e-1f2e3d4c5b6a' }

const context = (name: string): TaskContext => {
  const host: Host = { name, groups: ['east', 'hypervisors'], vars: { site: 'east' } }
  return {
    host,
    hosts: () => [host],
    output: () => {
      throw new Error('no task ran')
    },
    changed: () => false,
    mayHaveChanged: () => false,
    ran: () => false,
  }
}

const tasksOf = (items: unknown): Task[] => (items as Task[]).filter(({ kind }) => kind === 'task')
const runs = (task: Task | undefined, host: string) => task?.options.when?.(context(host)) ?? true

describe('disks of a guest', () => {
  test('each image is a disk, on the monitors of the site, by the port of the protocol that QEMU takes for granted', () => {
    const xml = disksXml(
      { ...access, monHost: '[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0],[v2:10.0.0.2:3300/0,v1:10.0.0.2:6789/0]' },
      ['root', 'a&b'],
    )
    expect(xml).toContain(
      "<source protocol='rbd' name='vms/root'><host name='10.0.0.1' port='6789'/><host name='10.0.0.2' port='6789'/></source>",
    )
    expect(xml).toContain("name='vms/a&#38;b'")
    expect([...xml.matchAll(/target dev='(\w+)'/g)].map(([, name]) => name)).toEqual(['vda', 'vdb'])
    expect(xml).toContain(`<secret type='ceph' uuid='${access.uuid}'/>`)
  })

  test('monitors that speak the newer protocol only', () =>
    expect(disksXml({ ...access, monHost: '[v2:[fd00::1]:3300/0]' }, ['root'])).toContain(
      "<host name='fd00::1' port='3300'/>",
    ))
})

describe('guests of libvirt', () => {
  const hooks = libvirtGuests({
    pool: 'vms',
    guests: [{ name: 'web', hosts: { east: 'hv-1', west: 'hv-2' }, disks: ['root', 'data'] }],
  })

  test('are looked for on the hypervisors of a site', () => expect(hooks.hosts('east')).toBe('east:&hypervisors'))

  test('start where they are meant to, and only when all of their disks have moved', () => {
    const start = (images: string[]) => tasksOf(hooks.startGuests?.('east', () => images)).at(-1)
    expect(runs(start(['root', 'data', 'other']), 'hv-1')).toBe(true)
    expect(runs(start(['root', 'data']), 'hv-3')).toBe(false)
    expect(runs(start(['root']), 'hv-1')).toBe(false)
  })

  test('are stopped wherever they run at the site; a hypervisor that is lost with its site stops nothing', () => {
    const [stop] = tasksOf(hooks.stopGuests?.('east', () => ['root', 'data']))
    expect(runs(stop, 'hv-3')).toBe(true)
    expect(stop?.options.ignoreUnreachable).toBe(true)
  })

  test('are undefined where they were lost', () => {
    const [forget] = tasksOf(hooks.forgetGuests?.('east', () => ['root', 'data']))
    expect(forget?.name).toBe('Forget web')
    expect(forget?.call.moduleName).toBe('libvirt.domain')
  })
})

describe('guests of OpenStack', () => {
  test('are found by Cinder’s volumes among the images', () => {
    const id = '9c9a1d5e-7f0b-4f5e-8f0e-0c6c9bb6a001'
    expect(volumesOf([`volume-${id}`, 'image1', `volume-${id}.deleted`])).toEqual([id])
    const hooks = openstackGuests({ cloud: (site) => site, hosts: (site) => `${site}:&openstack_clients` })
    const [stop] = tasksOf(hooks.stopGuests?.('east', () => ['image1']))
    expect(runs(stop, 'any')).toBe(false)
    const [start] = tasksOf(hooks.startGuests?.('west', () => [`volume-${id}`]))
    expect(runs(start, 'any')).toBe(true)
  })
})
