import { beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/core/secret.ts'
import { inventoryGraph, inventoryHost, inventoryList } from '../../src/inventory/list.ts'
import type { LoadedInventory } from '../../src/inventory/load.ts'
import { sealVault } from '../../src/inventory/vault.ts'
import { showWhy, whyVar } from '../../src/inventory/why.ts'
import { inputError, loadFiles } from './helpers.ts'

const password = { id: 'default', password: new Secret('vault-password-1') }
const sealed = sealVault('a-very-secret-key', password).replace(/^/gm, '          ')
let inventory: LoadedInventory

beforeAll(async () => {
  inventory = await loadFiles(
    {
      'i.yml': `
all:
  vars: {site: none, port: 6789, address: "{{ site }}:{{ port }}"}
  children:
    east:
      vars:
        site: east
        key: !vault |
${sealed}
      hosts: {e1: {list: [1, "{{ port }}"]}, e2: }
    mirrors: {hosts: {e2: {port: 1}}}
`,
      'group_vars/east.yml': 'site: far east',
      'host_vars/e2.yml': 'port: 2',
    },
    { vault: async () => [password] },
  )
})

describe('the listing', () => {
  test('has groups, and the variables of hosts with templates as written and secrets as asterisks', () => {
    const json = JSON.stringify(inventoryList(inventory))
    expect(json).not.toContain('a-very-secret-key')
    expect(JSON.parse(json)).toEqual({
      all: { children: ['ungrouped', 'east', 'mirrors'] },
      east: { hosts: ['e1', 'e2'] },
      mirrors: { hosts: ['e2'] },
      _meta: {
        hostvars: {
          e1: {
            site: 'far east',
            port: 6789,
            address: '{{ site }}:{{ port }}',
            key: '********',
            list: [1, '{{ port }}'],
          },
          e2: { site: 'far east', port: 2, address: '{{ site }}:{{ port }}', key: '********' },
        },
      },
    })
  })

  test('of one host is the same, and an unknown host is refused with the nearest', () => {
    expect(inventoryHost(inventory, 'e2')).toMatchObject({ port: 2, site: 'far east' })
    expect(inputError(() => inventoryHost(inventory, 'e3')).hint).toBe('did you mean "e1"?')
  })
})

describe('the graph', () => {
  test('draws groups and hosts as ansible-inventory does', () => {
    expect(inventoryGraph(inventory)).toBe(
      ['@all:', '  |--@ungrouped:', '  |--@east:', '  |  |--e1', '  |  |--e2', '  |--@mirrors:', '  |  |--e2'].join(
        '\n',
      ),
    )
  })

  test('begins with a group, and shows variables where they are set', () => {
    expect(inventoryGraph(inventory, 'mirrors', true)).toBe(
      [
        '@mirrors:',
        '  |--e2',
        '  |  |--{address = {{ site }}:{{ port }}}',
        '  |  |--{key = ********}',
        '  |  |--{port = 2}',
        '  |  |--{site = far east}',
      ].join('\n'),
    )
  })

  test('of an unknown group is refused with the nearest', () => {
    expect(inputError(() => inventoryGraph(inventory, 'eas')).hint).toBe('did you mean "east"?')
  })
})

describe('why a variable has its value', () => {
  test('is every place that sets it, weakest first, and the last one wins', () => {
    const { steps } = whyVar(inventory, 'e2', 'port')
    expect(steps.map(({ of, kind, value, wins }) => [of, kind, value, wins])).toEqual([
      ['all', 'group', 6789, false],
      ['e2', 'host', 1, false],
      ['e2', 'host', 2, true],
    ])
    expect(steps[2]?.location).toMatchObject({ file: expect.stringMatching(/host_vars\/e2\.yml$/), line: 1, column: 1 })
  })

  test('follows references', () => {
    expect(whyVar(inventory, 'e1', 'address').refersTo.map(({ variable }) => variable)).toEqual(['site', 'port'])
  })

  test('reads as a table', () => {
    const lines = showWhy(whyVar(inventory, 'e1', 'site'))
      .replaceAll(/\/\S*\/inventory-test-\w+\//g, '')
      .split('\n')
    expect(lines).toEqual([
      'site of e1, weakest first:',
      '    group all   none      i.yml:3:10',
      '    group east  east      i.yml:7:9',
      '  → group east  far east  group_vars/east.yml:1:1',
    ])
  })

  test('of a variable that every host has says so, and that no file can set it', async () => {
    const text = 'all: { hosts: { e1.lab: { fqdn: "{{ inventory_hostname }}", inventory_hostname: other } } }'
    const loaded = await loadFiles({ 'i.yml': text })
    expect(
      showWhy(whyVar(loaded, 'e1.lab', 'fqdn'))
        .split('\n')
        .slice(2)
        .map((line) => line.trimEnd()),
    ).toEqual([
      '',
      'inventory_hostname of e1.lab, weakest first:',
      expect.stringMatching(/^ {4}host e1\.lab {2}other +\S+i\.yml:1:\d+$/),
      '  → magic        e1.lab  every host has it',
    ])
    expect(showWhy(whyVar(loaded, 'e1.lab', 'group_names'))).toContain('→ magic  ["ungrouped"]  every host has it')
  })

  test('hides a secret', () => {
    expect(showWhy(whyVar(inventory, 'e1', 'key'))).toContain('→ group east  ********')
  })

  test('of an unknown variable or host is refused with the nearest', () => {
    expect(inputError(() => whyVar(inventory, 'e1', 'sites')).hint).toBe('did you mean "site"?')
    expect(inputError(() => whyVar(inventory, 'e9', 'site')).hint).toBe('did you mean "e1"?')
  })
})
