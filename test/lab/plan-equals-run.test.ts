import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { labDown, labUp } from '../../lab/index.ts'
import { conditional, countOf, differences, planFolder, type Told } from './planned-and-made.ts'
import { describeLab, describeLongLab, onConsole } from './support.ts'

const lab = {
  name: `pl${process.pid.toString(36)}`,
  hosts: ['east-storage-1', 'east-mirror-1', 'west-storage-1', 'west-mirror-1'],
}

async function byHand(host: string, script: string): Promise<void> {
  const { code, stderr } = await onConsole(lab.name, host, script)
  expect({ host, code, stderr: code === 0 ? '' : stderr }).toEqual({ host, code: 0, stderr: '' })
}

/** Plans a playbook, saves the plan, applies exactly that, and compares. */
function planAndRun({ plan, run }: ReturnType<typeof planFolder>, file: string): { planned: Told; made: Told } {
  const planned = plan(file, '-o', 'plan.json')
  expect({ code: planned.code, stderr: planned.stderr }).toEqual({ code: 0, stderr: '' })
  const made = run(file, '--plan', 'plan.json')
  expect({ differences: differences(planned, made), code: made.code, stderr: made.stderr }).toEqual({
    differences: [],
    code: 0,
    stderr: '',
  })
  expect(planned.unforeseen).toEqual([])
  return { planned, made }
}

describeLab('the changes planned are the changes made', lab, () => {
  afterAll(() => labDown(lab.name))

  test('on bare hosts: a site is built', () => {
    const { planned, made } = planAndRun(planFolder(lab.name), 'new-site.ts')
    expect(countOf(made)).toBeGreaterThan(20)
    expect(countOf(made)).toBe(countOf(planned))
    const conf = planned.stdout.split('\n').find((line) => line.includes('write /etc/ceph/ceph.conf'))
    expect(conf).toContain('fsid = (known after apply: the fsid of the new cluster)')
  })

  test('on sites that know nothing of each other: they are mirrored', () => {
    const { planned, made } = planAndRun(planFolder(lab.name), 'bidirectional.ts')
    expect(countOf(made)).toBeGreaterThan(15)
    expect(conditional(planned).sort()).toEqual([
      'east-mirror-1: enable ceph-rbd-mirror.target',
      'east-mirror-1: enable ceph-rbd-mirror@rbd-mirror.east',
      'east-storage-1: link mirror-pool-test to west (rx-tx)',
      'west-mirror-1: enable ceph-rbd-mirror.target',
      'west-mirror-1: enable ceph-rbd-mirror@rbd-mirror.west',
    ])
  })

  test('on sites that are as they should be: nothing', () => {
    for (const file of ['new-site.ts', 'bidirectional.ts']) {
      const { planned, made } = planAndRun(planFolder(lab.name), file)
      expect([countOf(planned), countOf(made)]).toEqual([0, 0])
    }
  })

  test('a daemon that has not read its files as they are, since a run was killed before it: it is restarted', async () => {
    await byHand('east-mirror-1', 'touch /etc/ceph/ceph.conf')
    const [first, second] = [0, 1].map(() => planAndRun(planFolder(lab.name), 'bidirectional.ts'))
    expect([...(first?.made.changes ?? [])].map(([host, list]) => [host, list.map(({ summary }) => summary)])).toEqual(
      expect.arrayContaining([['east-mirror-1', ['restart ceph-rbd-mirror@rbd-mirror.east']]]),
    )
    expect([first, second].map((told) => told && countOf(told.made))).toEqual([1, 0])
  })

  test('a plan of other hosts than there are now is refused, and says which is another and how', async () => {
    const { plan, run, folder } = planFolder(lab.name)
    await byHand('east-mirror-1', 'systemctl stop ceph-rbd-mirror@rbd-mirror.east')
    expect(plan('bidirectional.ts', '-o', 'plan.json').code).toBe(0)
    expect(statSync(join(folder, 'plan.json')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'plan.json'), 'utf8')).toContain('start ceph-rbd-mirror@rbd-mirror.east')
    await byHand('east-mirror-1', 'systemctl start ceph-rbd-mirror@rbd-mirror.east')
    const { code, stderr, changes } = run('bidirectional.ts', '--plan', 'plan.json')
    expect({ code, made: changes.size }).toEqual({ code: 2, made: 0 })
    expect(stderr).toMatch(/plan\.json is not applied/)
    expect(stderr).toMatch(/east-mirror-1: "Start the daemon" was planned to start .*, and would now change nothing/)
  })

  test('on sites that were broken by hand', async () => {
    const user = 'client.rbd-mirror.east'
    await byHand('east-storage-1', `ceph auth caps ${user} mon 'profile rbd'; ceph auth rm client.rbd-mirror-peer`)
    await byHand(
      'east-storage-1',
      'chmod 644 /etc/ceph/ceph.client.admin.keyring; systemctl disable ceph-mgr@east-storage-1',
    )
    await byHand('west-storage-1', 'echo "osd_pool_default_size = 1" >> /etc/ceph/ceph.conf')
    await byHand(
      'west-storage-1',
      'rm /var/lib/ceph/bootstrap-osd/ceph.keyring; systemctl stop ceph-mgr@west-storage-1',
    )
    await byHand(
      'east-mirror-1',
      'echo "# by hand" >> /etc/ceph/ceph.conf; systemctl stop ceph-rbd-mirror@rbd-mirror.east',
    )
    await byHand('west-mirror-1', 'rpm -e rbd-mirror; rm /etc/ceph/*.keyring')
    const folder = planFolder(lab.name)
    const site = planAndRun(folder, 'new-site.ts')
    const pair = planAndRun(folder, 'bidirectional.ts')
    expect(countOf(site.made)).toBeGreaterThan(4)
    expect(countOf(pair.made)).toBeGreaterThan(7)
  })

  // Its monitors run by then: commands that wait for one in vain would make it long.
  test('on a site whose building was killed half-way', () => killed('Make the key of client.admin'))
})

describeLongLab('the changes planned are the changes made, where monitors do not answer', lab, () => {
  afterAll(() => labDown(lab.name))

  test('on a site that looks for its monitors elsewhere', async () => {
    expect(planFolder(lab.name).run('new-site.ts').code).toBe(0)
    await byHand('west-storage-1', 'sed -i "s/^mon_host.*/mon_host = 192.0.2.1/" /etc/ceph/ceph.conf')
    expect(countOf(planAndRun(planFolder(lab.name), 'new-site.ts').made)).toBeGreaterThan(0)
  })

  test.each(['Make the first monitor', 'Start the monitor'])('on a site that was killed after “%s”', killed)
})

describeLongLab('the changes planned are the changes made, wherever the building was killed', lab, () => {
  afterAll(() => labDown(lab.name))

  test.each(['Know the cluster by its fsid', 'Make the key that makes OSDs'])('after “%s”', killed)
})

async function killed(task: string): Promise<void> {
  await labDown(lab.name)
  await labUp(lab)
  const folder = planFolder(lab.name)
  expect(await folder.killedAfter('new-site.ts', task)).toBe(true)
  planAndRun(folder, 'new-site.ts')
}
