import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { InputError } from '../../src/core/errors.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import type { InventoryListing, ModuleInventory } from '../../src/inventory/module-inventory.ts'
import { folderOf, inputError, loadFiles, readable, refusal, rejection } from './helpers.ts'

const exporting = (value: unknown) => ({ loadModule: async () => ({ default: value }) })

describe('a TypeScript inventory', () => {
  const listing: InventoryListing = {
    mons: { hosts: ['a', 'b'], vars: { site: 'east' } },
    _meta: { hostvars: { a: { ansible_host: '::1' } } },
  }

  test.each([
    ['an object', listing],
    ['a function', () => listing],
    ['an async function', async () => listing],
  ] satisfies [string, ModuleInventory][])('may export %s', async (_, value) => {
    const { hosts } = await loadFiles({ 'inventory.ts': '' }, exporting(value))
    expect([...hosts.keys()]).toEqual(['a', 'b'])
    expect(hosts.get('a')?.vars).toMatchObject({ site: 'east', ansible_host: '::1' })
  })

  test.each([
    ['nothing', undefined, 'inventory.ts: this inventory has no default export'],
    ['a list', ['a'], 'inventory.ts: the inventory must be a mapping of groups, not a list'],
    [
      'a number for a group',
      { mons: 3 },
      'inventory.ts: "hosts" of group "mons" must be a list of names, not a number',
    ],
    ['a number for a host', { mons: [3] }, 'an entry of "hosts" of group "mons" must be a name, not a number'],
    ['bad variables', { mons: { vars: [] } }, '"vars" of group "mons" must be a mapping, not a list'],
    ['bad host variables', { mons: ['a'], _meta: { hostvars: { a: 1 } } }, 'host "a" must be a mapping of variables'],
    ['bad meta', { _meta: [] }, '"_meta" must be a mapping, not a list'],
  ])('that exports %s is refused', async (_, value, message) => {
    expect(await refusal({ 'inventory.ts': '' }, exporting(value))).toContain(message)
  })

  test('that throws is refused with its words, an InputError of its own as it is', async () => {
    const cmdb = () => {
      throw new Error('the CMDB is down')
    }
    expect(await refusal({ 'inventory.ts': '' }, exporting(cmdb))).toContain('the CMDB is down')
    const own = () => {
      throw new InputError({ summary: 'no token', hint: 'set CMDB_TOKEN' })
    }
    expect(await refusal({ 'inventory.ts': '' }, exporting(own))).toBe('no token\n  try: set CMDB_TOKEN')
  })
})

describe('an executable inventory', () => {
  test.each([
    [
      'that fails',
      'echo broken >&2; exit 3',
      'inv.sh: the inventory script, called with --list, ended with exit code 3\n  broken',
    ],
    ['that prints no JSON', 'echo hello', 'inv.sh: the inventory script, called with --list, did not print JSON'],
    [
      'whose --host fails',
      `[ $1 = --list ] && echo '{"g": ["a"]}' || exit 1`,
      'called with --host a, ended with exit code 1',
    ],
    ['that prints a list', 'echo []', 'inv.sh: the inventory must be a mapping of groups, not a list'],
  ])('%s is refused', async (_, script, message) => {
    expect(await refusal({ 'inv.sh': `#!/bin/sh\n${script}\n` })).toContain(message)
  })

  test('that may not be executed is refused', async () => {
    const { path, remove } = folderOf({ 'inv.sh': '#!/bin/sh\necho {}\n' })
    chmodSync(join(path, 'inv.sh'), 0o644)
    const error = await rejection(loadInventory([join(path, 'inv.sh')]))
    remove()
    expect(readable(error)).toContain('inv.sh: this inventory is a script that may not be executed\n  try: chmod +x')
  })
})

describe('a source', () => {
  test('that is not there is refused', async () => {
    const error = await rejection(loadInventory(['/nowhere/hosts']))
    expect(readable(error)).toContain('there is no inventory "/nowhere/hosts"')
  })

  test('in TOML is refused with what to do', async () => {
    expect(await refusal({ 'hosts.toml': '' })).toContain('ansible-inventory -i FILE --list --export --yaml')
  })

  test('that is not UTF-8 is refused', async () => {
    const { path, remove } = folderOf({ hosts: '' })
    writeFileSync(join(path, 'hosts'), Buffer.from([0x61, 0xe9, 0x0a]))
    const error = await rejection(loadInventory([join(path, 'hosts')]))
    remove()
    expect(readable(error)).toContain('hosts: this file is not UTF-8 text')
  })

  test('may be a list of hosts', async () => {
    const { hosts } = await loadInventory(['a,b:2222,'])
    expect([...hosts.keys()]).toEqual(['a', 'b'])
    expect(hosts.get('b')?.vars.ansible_port).toBe(2222)
  })

  test('may be several, the later ones laid over the earlier', async () => {
    const { hosts } = await loadFiles(
      { 'one.yml': 'web: {hosts: {a: {x: 1, y: 1}}}', 'two.yml': 'web: {hosts: {a: {y: 2}}}' },
      { sources: ['one.yml', 'two.yml'] },
    )
    expect(hosts.get('a')?.vars).toMatchObject({ x: 1, y: 2 })
  })

  test('may be a folder, whose .ini files and variables folders are not inventories', async () => {
    const { hosts } = await loadFiles(
      { 'inv/a.yml': 'web: {hosts: {a: }}', 'inv/b': '[web]\nb', 'inv/c.ini': 'c', 'inv/group_vars/web': 'x: 1' },
      { sources: ['inv'] },
    )
    expect([...hosts.keys()]).toEqual(['a', 'b'])
    expect(hosts.get('b')?.vars.x).toBe(1)
  })
})

describe('a file of hosts in a pattern', () => {
  test('has a term a line', async () => {
    const { path, remove } = folderOf({
      'i.yml': 'web: {hosts: {"w[1:4]": }}',
      'failed.txt': '# failed\nw1\nweb[2:]\n!w4\n',
    })
    const inventory = await loadInventory([join(path, 'i.yml')])
    const names = (pattern: string) => inventory.select(pattern).map(({ name }) => name)
    expect(names(`@${path}/failed.txt`)).toEqual(['w1', 'w3'])
    expect(names(`w2,@${path}/failed.txt`)).toEqual(['w2', 'w1', 'w3'])
    remove()
    expect(readable(inputError(() => names('@/nowhere/x')))).toContain(
      'there is no readable file of hosts "/nowhere/x"',
    )
  })
})

describe('variables files', () => {
  const files = {
    'site/i.yml': 'web: {hosts: {a: {v: inline}}, vars: {w: inline, x: inline, y: inline}}',
    'site/group_vars/all.yml': 'w: all-file\nz: all-file',
    'site/group_vars/web/one.yml': 'x: file',
    'site/host_vars/a.yml': 'v: host-file',
    'play/group_vars/web.yml': 'y: play',
    'play/host_vars/a.json': '{"u": "play"}',
  }

  test('lie beside inventory and playbook, and know their place', async () => {
    const { hosts } = await loadFiles(files, { playbookFolder: 'play' })
    const host = hosts.get('a')
    expect(host?.vars).toMatchObject({ v: 'host-file', w: 'all-file', x: 'file', y: 'play', z: 'all-file', u: 'play' })
    expect(host?.origin?.('x')).toMatchObject({ file: expect.stringMatching(/web\/one\.yml$/), line: 1, column: 1 })
  })

  test('are read for this machine too, which need not be in the inventory', async () => {
    const { select, groups } = await loadFiles({
      'i.yml': 'all: {hosts: {a: }, vars: {x: all, y: all, ansible_connection: ssh}}',
      'host_vars/localhost.yml': 'y: file',
    })
    expect(select('localhost')[0]?.vars).toMatchObject({ ansible_connection: 'local', x: 'all', y: 'file' })
    expect(groups.get('all')).toEqual(['a'])
    expect(select('all').map(({ name }) => name)).toEqual(['a'])
  })

  test('that are not mappings are refused', async () => {
    expect(await refusal({ 'i.yml': 'web: {hosts: {a: }}', 'group_vars/web.yml': '- 1' })).toContain(
      'group_vars/web.yml:1:1: a file of variables is a mapping',
    )
  })
})

describe('a warning', () => {
  async function warnings(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const heard: string[] = []
    await loadFiles(files, { warn: ({ summary, hint }) => heard.push(`${summary}; ${hint}`) })
    return heard
  }

  test('is given for a host with two addresses', async () => {
    const twice = { hosts: '[a]\nh ansible_host=10.0.0.1\n[b]\nh ansible_host=10.0.0.2\n' }
    expect(await warnings(twice)).toEqual([expect.stringContaining('host "h" has two addresses')])
    expect(await warnings({ hosts: '[a]\nh ansible_host=10.0.0.1\n[b]\nh ansible_host=10.0.0.1\n' })).toEqual([])
  })

  test('is given once for a variable that is nearly one by which a host is reached', async () => {
    const files = {
      'i.yml':
        'web: {hosts: {a: {ansible_hots: 10.0.0.1}, b: {ansible_hots: 10.0.0.2, ansible_python_interpreter: /p}}}',
      'group_vars/web.yml': 'ansible_usr: admin\nansible_become_exe: sudo\nansible_distribution: Debian\n',
    }
    expect(await warnings(files)).toEqual(
      expect.arrayContaining([
        '"ansible_hots" means nothing here; did you mean "ansible_host"?',
        '"ansible_usr" means nothing here; did you mean "ansible_user"?',
      ]),
    )
    expect(await warnings(files)).toHaveLength(2)
  })

  test('is given for variables that nobody reads because of a slip', async () => {
    const stray = {
      'i.yml': 'rbdmirrors: {hosts: {a: }}',
      'group_vars/rbdmirror.yml': 'x: 1',
      'group_vars/osds.yml': 'x: 1',
    }
    expect(await warnings(stray)).toEqual([
      'no group is called "rbdmirror", so nobody reads this; did you mean "rbdmirrors"?',
    ])
  })
})
