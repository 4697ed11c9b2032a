import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { killHost, type LabUp, labDown, labFiles, labUp, whyNoLab } from '../../lab/index.ts'
import { playbook, project } from '../cli/support.ts'
import { makeHypervisors } from './guest-host.ts'
import { describeLongLab, onConsole } from './support.ts'

const kept = process.env.PLAYBOOK_TEST_LAB
const east = ['east-storage-1', 'east-mirror-1']
const lab: LabUp = {
  name: kept ?? `gu${process.pid.toString(36)}`,
  hosts: [...east, 'east-mirror-2', 'west-storage-1', 'west-mirror-1'],
}

/** Of the lab's hosts those with apt can be hypervisors: one of the east's stands in the west. */
const hypervisors = { east: 'east-mirror-1', west: 'east-mirror-2' } as const

const guests = `
import { libvirtGuests } from 'ceph-playbook'
export const guests = libvirtGuests({
  pool: 'vms',
  grace: 3,
  guests: [{
    name: 'counter',
    hosts: ${JSON.stringify(hypervisors)},
    disks: ['disk1'],
    memory: 128,
    type: 'qemu',
    os: "<os><type arch='x86_64'>hvm</type><kernel>/var/lib/guests/vmlinuz</kernel>" +
      "<initrd>/var/lib/guests/initrd.gz</initrd><cmdline>console=ttyS0 quiet panic=1</cmdline></os>",
    devices: "<serial type='file'><source path='/var/log/libvirt/counter.log'/><target port='0'/></serial>",
  }],
})
`

const start = `
import { play, playbook } from 'ceph-playbook'
import { guests } from './guests.ts'
export default playbook({
  name: 'Guests',
  plays: [play({ name: 'Start', hosts: 'east:&hypervisors', become: true, tasks: guests.startGuests?.('east', () => ['disk1']) ?? [] })],
})
`

const folder = project({
  'guests.ts': guests,
  'start.ts': start,
  'failover.ts': `import { failoverPlaybook } from 'ceph-playbook'\nimport { guests } from './guests.ts'\nexport default failoverPlaybook(guests)\n`,
  'failback.ts': `import { failbackPlaybook } from 'ceph-playbook'\nimport { guests } from './guests.ts'\nexport default failbackPlaybook(guests)\n`,
})

afterAll(async () => {
  if (kept === undefined && !whyNoLab()) await labDown(lab.name)
})

describeLongLab('a guest comes back at the other site', lab, () => {
  test('it counts on a mirrored disk', async () => {
    inventory()
    await makeHypervisors(lab.name, Object.values(hypervisors))
    run('new-site.ts')
    run('bidirectional.ts', '-e', 'pool=vms')
    await at(
      'east-storage-1',
      'rbd info vms/disk1 >/dev/null 2>&1 || rbd create vms/disk1 --size 16 --image-feature exclusive-lock,journaling',
    )
    run('start.ts')
    expect(run('start.ts')).toMatch(/nothing changed/)
    await until(async () => (await counter('east')) >= 5)
    await until(async () => (await onDisk('west')) >= 3)
    const seen = await at(hypervisors.east, 'virsh -q dumpxml counter; cat /proc/*/cmdline | tr "\\0" " "')
    const key = await at('east-storage-1', 'ceph auth get-key client.libvirt')
    expect(seen).not.toContain(key)
  })

  test('its site is killed; one command later it runs at the other, and goes on from the last value that had arrived', async () => {
    const before = await counter('east')
    for (const host of east) await killHost(lab.name, host)
    const arrived = await onDisk('west')
    const began = Date.now()
    const { code, stdout, stderr } = playbook(folder, [
      ...['dr', 'failover', '-i', 'inventory.yml', '--pool', 'vms', '--to', 'west', '--force', '--output', 'lines'],
    ])
    if (code !== 0) throw new Error(`${stdout.slice(-4000)}\n${stderr}`)
    await until(async () => (await counter('west')) > 0)
    const seconds = Math.round((Date.now() - began) / 1000)
    const log = await console('west')
    const found = Number(/found: (\d+)/.exec(log)?.[1])
    process.stdout.write(
      `counted to ${before} at east, ${arrived} had arrived, found ${found}, ${seconds} s to a new value\n`,
    )
    expect(found).toBeGreaterThanOrEqual(arrived)
    expect(log).toContain(`counter: ${found + 1}`)
  })

  test('its old site is back: it is forgotten there, and goes on where it is until it is handed back', async () => {
    await labUp(lab)
    for (const more of [[], ['--hand-back']]) {
      const { code, stdout, stderr } = playbook(folder, [
        ...['dr', 'failback', '-i', 'inventory.yml', '--pool', 'vms', '--loser', 'east', '--output', 'lines', ...more],
      ])
      if (code !== 0) throw new Error(`${stdout.slice(-4000)}\n${stderr}`)
      const running = more.length === 0 ? 'west' : 'east'
      for (const site of ['east', 'west'] as const) {
        const names = await at(hypervisors[site], 'virsh -q list --name')
        expect({ site, runs: names.includes('counter') }).toEqual({ site, runs: site === running })
      }
    }
    const last = await counter('west')
    await until(async () => (await counter('east')) > last)
  })
})

function inventory(): void {
  const all = parse(readFileSync(labFiles(lab.name).inventory, 'utf8'))
  const { children } = all.all
  children.west.hosts['east-mirror-2'] = children.east.hosts['east-mirror-2']
  delete children.east.hosts['east-mirror-2']
  delete children.rbdmirrors.hosts['east-mirror-2']
  children.hypervisors = { hosts: Object.fromEntries(Object.values(hypervisors).map((host) => [host, {}])) }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'inventory.yml'), stringify(all))
}

function run(file: string, ...args: string[]): string {
  const { code, stdout, stderr } = playbook(folder, [
    ...['run', file, '-i', 'inventory.yml', '--no-typecheck', '--output', 'lines', ...args],
  ])
  if (code !== 0) throw new Error(`${file}: exit code ${code}\n${stdout.slice(-4000)}\n${stderr}`)
  return stdout
}

async function at(host: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await onConsole(lab.name, host, script)
  if (code !== 0) throw new Error(`${host}: ${script}: exit code ${code}\n${stderr}`)
  return stdout
}

type Site = keyof typeof hypervisors

const console = (site: Site) => at(hypervisors[site], 'cat /var/log/libvirt/counter.log 2>/dev/null || true')

/** The last number that the guest has got onto its disk, by its console. */
async function counter(site: Site): Promise<number> {
  return Number([...(await console(site)).matchAll(/counter: (\d+)/g)].at(-1)?.[1] ?? 0)
}

/** The number in the image at a site. */
async function onDisk(site: Site): Promise<number> {
  return Number(
    (await at(`${site}-storage-1`, 'rbd export --no-progress vms/disk1 - 2>/dev/null | head -c 512')).trim() || 0,
  )
}

async function until(holds: () => Promise<boolean>, seconds = 240): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}
