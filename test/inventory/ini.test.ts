import { describe, expect, test } from '@jest/globals'
import { loadFiles, refusal } from './helpers.ts'

describe('an inventory in INI', () => {
  test('holds groups, ranges and typed values', async () => {
    const { hosts, groups } = await loadFiles({
      hosts:
        'lonely\n[east]\ne[1:2]:2222 size=3 zone="a b"\n[sites:children]\neast\n[sites:vars]\ndebug=True\nname=it\n',
    })
    expect(groups.get('sites')).toEqual(['e1', 'e2'])
    expect(groups.get('ungrouped')).toEqual(['lonely'])
    expect(hosts.get('e2')?.vars).toMatchObject({ size: 3, zone: 'a b', debug: true, name: 'it', ansible_port: 2222 })
  })

  test('knows where a variable was set', async () => {
    const { hosts } = await loadFiles({ hosts: '[east]\n  e1 size=3\n[east:vars]\nname=it\n' })
    expect(hosts.get('e1')?.origin?.('size')).toMatchObject({ line: 2, column: 3 })
    expect(hosts.get('e1')?.origin?.('name')).toMatchObject({ line: 4, column: 1 })
  })

  test('takes a set of Python as a list, which Ansible itself cannot print', async () => {
    const { hosts } = await loadFiles({ hosts: "h\n[all:vars]\nset_of={1, 'a', 1}\nempty=set()\n" })
    expect(hosts.get('h')?.vars).toMatchObject({ set_of: [1, 'a'], empty: [] })
  })

  test('keeps all digits of a large number', async () => {
    const { hosts } = await loadFiles({ hosts: 'h big=12345678901234567890 small=-9007199254740993\n' })
    expect(hosts.get('h')?.vars).toMatchObject({ big: '12345678901234567890', small: '-9007199254740993' })
  })
})

describe('an inventory in INI is refused', () => {
  test.each([
    ['an unknown kind of section', '[web:host]\na\n', 'hosts:1:1: section [web:host] has an unknown kind "host"'],
    ['a nearest kind', '[web:child]\na\n', 'there are [group], [group:children] and [group:vars]'],
    ['the nearest kind', '[web:childen]\na\n', 'did you mean [web:children]?'],
    ['a section with a space', '[my group]\na\n', 'hosts:1:1: "[my group]" is not a section'],
    ['an unknown child', '[all:children]\nwest\n', 'hosts:2:1: there is no group "west"'],
    ['a nearly known child', '[west]\na\n[all:children]\nwst\n', 'did you mean "west"?'],
    ['variables of an unknown group', '[web]\na\n[wb:vars]\nx=1\n', 'hosts:3:1: there is no group "wb"'],
    ['a word without a value', '[web]\n  a x y=1\n', 'hosts:2:3: host "a": expected name=value, found "x"'],
    [
      'a line without a value',
      '[web]\na\n[web:vars]\nx 1\n',
      'hosts:4:1: [web:vars]: expected name=value, found "x 1"',
    ],
    ['an open quote', '[web]\na x="1\n', 'hosts:2:1: this line cannot be read: the quote " stays open'],
    ['a host among children', '[web:children]\na x=1\n', 'hosts:2:1: "a x=1" is not the name of a group'],
    ['a circle', '[a:children]\nb\n[b:children]\na\n', 'hosts:4:1: the groups form a circle: b → a → b'],
    ['a group of itself', '[a:children]\na\n', 'hosts:2:1: the groups form a circle: a → a'],
    ['a colon behind a host', '[web]\nhost:\n', 'hosts:2:1: the host "host:" ends in ":"'],
    ['a range without an end', '[web]\nw[1:]\n', 'hosts:2:1: bad host range [1:]: the end is missing'],
    ['a range with unequal digits', '[web]\nw[01:100]\n', 'must have the same number of digits'],
    ['a range backwards', '[web]\nw[f:a]\n', 'it ends before it begins'],
    ['a step of nothing', '[web]\nw[1:9:0]\n', 'the step must be a number above 0'],
    ['a range of a million', '[web]\nw[1:1000000]\n', 'it names more than 100000 hosts'],
    ['ranges that multiply', '[web]\nw[1:999]-[1:999]\n', 'names more than 100000 hosts'],
    ['a priority that is none', '[web]\na\n[web:vars]\nansible_group_priority=high\n', 'must be a whole number'],
  ])('with %s', async (_, text, message) => {
    expect(await refusal({ hosts: text })).toContain(message)
  })
})
