import { describe, expect, test } from '@jest/globals'
import { playbook, project } from './support.ts'

describe('playbook inventory', () => {
  const folder = project({
    'group_vars/east.yml': 'site: east\nname: "{{ site }}-1"\n',
    'list.ts': 'export default { web: ["a"] }',
  })
  const call = (...args: string[]) => playbook(folder, ['inventory', ...args])

  test('--list has the shape of ansible-inventory', () => {
    const { code, stdout, stderr } = call('--list')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      all: { children: ['ungrouped', 'east', 'west'] },
      east: { hosts: ['one'] },
      west: { hosts: ['two'] },
      _meta: {
        hostvars: {
          one: { ansible_connection: 'local', site: 'east', name: '{{ site }}-1' },
          two: { ansible_connection: 'local' },
        },
      },
    })
  })

  test('--graph draws the tree', () => {
    expect(call('--graph').stdout).toBe('@all:\n  |--@ungrouped:\n  |--@east:\n  |  |--one\n  |--@west:\n  |  |--two\n')
    expect(call('--graph', 'west', '--vars').stdout).toBe('@west:\n  |--two\n  |  |--{ansible_connection = local}\n')
  })

  test('--host and --hosts tell of hosts', () => {
    expect(JSON.parse(call('--host', 'two').stdout)).toEqual({ ansible_connection: 'local' })
    expect(call('--hosts', 'all:!west').stdout).toBe('one\n')
  })

  test('--why tells where a value is from', () => {
    expect(call('--why', 'one', 'name').stdout).toBe(
      [
        'name of one, weakest first:',
        '  → group east  {{ site }}-1  group_vars/east.yml:2:1',
        '',
        'site of one, weakest first:',
        '  → group east  east  group_vars/east.yml:1:1',
        '',
      ].join('\n'),
    )
  })

  test('-i takes TypeScript', () => {
    expect(call('-i', 'list.ts', '--hosts', 'web').stdout).toBe('a\n')
  })

  test.each([
    [['--graph', 'eas'], 'error: the inventory has no group "eas"\n  try: did you mean "east"?\n'],
    [['--hosts', 'wes'], 'error: no host and no group matches "wes"\n  try: did you mean "west"?\n'],
    [[], 'error: inventory: choose one of --list, --graph, --host, --hosts and --why\n'],
  ])('%j is refused', (args, message) => {
    expect(call(...args)).toEqual({ code: 2, stdout: '', stderr: message })
  })
})
