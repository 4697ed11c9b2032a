import { expect, test } from '@jest/globals'
import { playbook, project } from './support.ts'

const folder = project({
  'pair.yml': `
all:
  vars: { ansible_connection: local }
  children:
    east: { vars: { site: east }, hosts: { one: } }
    west: { vars: { site: west }, hosts: { two: } }
    mons: { hosts: { one: , two: } }
    rbdmirrors: { hosts: { one: , two: } }
`,
  'three.yml': `
all:
  children:
    mons: { hosts: { a: { site: east }, b: { site: west }, c: { site: north } } }
`,
})

test('an operation lists what it would do, with the two sites of the inventory', () => {
  const { code, stdout } = playbook(folder, ['dr', 'failover', '-i', 'pair.yml', '--to', 'west', '--list-tasks'])
  expect(stdout).toContain('Move the primary role from east to west')
  expect(stdout).toContain('Promote at west as the demotion arrives')
  expect(code).toBe(0)
})

test('flags become variables of the playbook', () => {
  const force = ['--to', 'east', '--force', '--declared', 'west', '--accept-older']
  const forced = playbook(folder, ['dr', 'failover', '-i', 'pair.yml', ...force, '--list-tasks'])
  expect(forced.stdout).toContain('Try the monitors of west from the hosts of east')
  const back = ['dr', 'failback', '-i', 'pair.yml', '--loser', 'east', '--no-keep', '--hand-back', '--list-tasks']
  const { stdout } = playbook(folder, back)
  expect(stdout).not.toContain('Keep what diverged as copies')
  expect(stdout).toContain('Move the primary role from west to east')
})

test('a failback without a loser only looks', () => {
  const { stdout } = playbook(folder, ['dr', 'failback', '-i', 'pair.yml', '--list-tasks'])
  expect(stdout).toContain('See whether somebody has to choose')
  expect(stdout).not.toMatch(/Demote|Copy/)
})

test('which two sites, when the inventory has more', () => {
  const { code, stderr } = playbook(folder, ['dr', 'status', '-i', 'three.yml'])
  expect(stderr).toContain('two sites are needed, and the inventory has: east, west, north')
  expect(stderr).toContain('--sites A,B')
  expect(code).toBe(2)
})

test('a site that is none of the two', () => {
  const { code, stderr } = playbook(folder, ['dr', 'failover', '-i', 'pair.yml', '--to', 'north', '--list-tasks'])
  expect(stderr).toContain('the site north is neither east nor west')
  expect(code).toBe(2)
})

test('a failover needs to be told where to', () => {
  const { code, stderr } = playbook(folder, ['dr', 'failover', '-i', 'pair.yml'])
  expect(stderr).toMatch(/required argument.*to/)
  expect(code).toBe(2)
})

test('a pair that cannot be looked at is told as such, also as JSON', () => {
  const { code, stdout } = playbook(folder, ['dr', 'status', '-i', 'pair.yml', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    sites: [
      { site: 'east', seen: false },
      { site: 'west', seen: false },
    ],
  })
  expect(code).toBe(3)
})
