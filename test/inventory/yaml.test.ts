import { afterEach, describe, expect, test } from '@jest/globals'
import { diagnose, formatDiagnosis } from '../../src/core/errors.ts'
import { type LoadedInventory, loadInventory } from '../../src/inventory/load.ts'
import { folderOf, rejection } from './helpers.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const remove of cleanups.splice(0)) remove()
})

function load(text: string): Promise<LoadedInventory> {
  const folder = folderOf({ 'inventory.yml': text })
  cleanups.push(folder.remove)
  return loadInventory([`${folder.path}/inventory.yml`])
}

async function refused(text: string): Promise<string> {
  return formatDiagnosis(diagnose(await rejection(load(text)))).replace(/^.*\/inventory\.yml/, 'inventory.yml')
}

const twoSites = `
all:
  vars:
    site: none
  children:
    east:
      vars: {site: east}
      hosts:
        east-storage: {ansible_host: 10.0.0.1}
        east-mirror-[1:2]:
    west:
      hosts:
        west-mirror-1:2222:
          site: far west
    rbdmirrors:
      hosts: {"east-mirror-[1:2]": , west-mirror-1: }
`

describe('an inventory in YAML', () => {
  test('holds hosts in the order written, ranges expanded, with their groups', async () => {
    const { hosts, groups } = await load(twoSites)
    expect([...hosts.keys()]).toEqual(['east-storage', 'east-mirror-1', 'east-mirror-2', 'west-mirror-1'])
    expect(groups.get('rbdmirrors')).toEqual(['east-mirror-1', 'east-mirror-2', 'west-mirror-1'])
    expect(groups.get('all')).toHaveLength(4)
    expect(hosts.get('east-mirror-1')?.groups).toEqual(['east', 'rbdmirrors'])
  })

  test('lays variables of a group over those of all, and those of a host over both', async () => {
    const { hosts } = await load(twoSites)
    expect(hosts.get('east-storage')?.vars).toMatchObject({ site: 'east', ansible_host: '10.0.0.1' })
    expect(hosts.get('west-mirror-1')?.vars).toMatchObject({ site: 'far west', ansible_port: 2222 })
  })

  test('knows where a variable was set', async () => {
    const { hosts } = await load(twoSites)
    expect(hosts.get('east-storage')?.origin?.('site')).toMatchObject({ line: 7, column: 14 })
    expect(hosts.get('west-mirror-1')?.origin?.('site')).toMatchObject({ line: 14, column: 11 })
    expect(hosts.get('west-mirror-1')?.origin?.('nothing')).toBeUndefined()
  })

  test('puts a host without a group into ungrouped', async () => {
    const { groups } = await load('all: {hosts: {a: }}\nungrouped: {hosts: {b: , c: }}\nweb: {hosts: {c: }}')
    expect(groups.get('ungrouped')).toEqual(['b', 'a'])
  })

  test('does not know the magic variables of a run as settings, but shows them', async () => {
    const { hosts } = await load('web: {hosts: {a.example.com: }}')
    expect(hosts.get('a.example.com')?.vars).toMatchObject({
      inventory_hostname: 'a.example.com',
      inventory_hostname_short: 'a',
      group_names: ['web'],
    })
  })
})

describe('an inventory in YAML is refused', () => {
  test.each([
    ['nothing in it', '', 'inventory.yml:1:1: the inventory is empty'],
    ['a list', '- a\n- b', 'inventory.yml:1:1: an inventory in YAML is a mapping of groups'],
    ['a tab', 'all:\n\thosts:', 'inventory.yml:2:1: a tab is not allowed as indentation in YAML\n  try: use spaces'],
    ['a mistyped section', 'all:\n  host:\n    a:', 'inventory.yml:2:3: group "all" has an unknown key "host"'],
    ['a nearest name', 'all:\n  host:\n    a:', 'try: did you mean "hosts"?'],
    [
      'hosts as a list',
      'all:\n  hosts:\n    - a',
      'inventory.yml:3:5: "hosts" of group "all" must be a mapping, not a list',
    ],
    ['a key twice', 'all:\n  hosts:\n    a:\n    b:\n    a:', 'inventory.yml:5:5: the key "a" stands twice'],
    [
      'a circle',
      'a:\n  children:\n    b:\n      children:\n        a:',
      'inventory.yml:5:9: the groups form a circle: b → a → b',
    ],
    [
      'a host with a name of a group',
      'web:\n  hosts:\n    web:\n    a:',
      'inventory.yml:3:5: "web" is the name of a group and of a host',
    ],
    ['a number as a host', 'web:\n  hosts:\n    12:', 'inventory.yml:3:5: the name of a host must be text'],
    ['an open quote', 'all:\n  vars:\n    a: "x', 'inventory.yml:3:10: bad YAML: Missing closing "quote'],
    [
      'an open quote before others',
      'all:\n  vars:\n    a: "x\n    b: "y"\n',
      'inventory.yml:3:10: bad YAML: Missing closing "quote',
    ],
    ['a bad range', 'all:\n  hosts:\n    a[01:5]:', 'inventory.yml:3:5: bad host range [01:5]'],
    ['an unknown tag', 'all:\n  vars:\n    a: !foo x', 'inventory.yml:3:13: the tag "!foo"'],
    ['a plugin', 'plugin: aws_ec2', 'inventory.yml:1:1: this configures an inventory plugin of Ansible'],
    [
      'an endless alias',
      'all:\n  vars:\n    a: &a [*a]',
      'inventory.yml:3:12: the alias *a stands inside its own anchor',
    ],
  ])('with %s', async (_, text, message) => {
    expect(await refused(text)).toContain(message)
  })
})
