import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { loadInventory } from '../../../src/inventory/load.ts'
import { folderOf } from '../helpers.ts'
import { ansible, ansibleMissing, ansibleValues } from './ansible.ts'

const inventory = `
all:
  vars:
    port: 6789
    ratio: 1.5
    flag: yes
    nothing: null
    text: hello
    digits: "0777"
    pools: [rbd, images]
    nested: {a: {b: [1, {c: deep}]}}
    own-name: 1
    same_port: "{{ port }}"
    same_ratio: "{{ ratio }}"
    same_flag: "{{flag}}"
    same_text: "{{ text }}"
    same_digits: "{{ digits }}"
    same_pools: "{{ pools }}"
    same_nested: "{{ nested }}"
    chain: "{{ same_pools }}"
    by_dot: "{{ nested.a }}"
    by_key: "{{ nested['a'].b }}"
    by_index: "{{ pools[1] }}"
    deep: "{{ nested.a.b[1]['c'] }}"
    inside: "{{ text }}-{{ port }}.example"
    inside_chain: "x {{ inside }} y"
    around: " {{ text }}"
    list_of: ["{{ text }}", "{{ port }}", plain, {k: "{{ pools }}"}]
    name: "{{ inventory_hostname }}"
    short: "{{ inventory_hostname_short }}"
    in_groups: "{{ group_names }}"
    first: "{{ groups['web'][0] }}"
    members: "{{ groups.web }}"
    trimmed: "{{- text -}}"
    comparison: "{{ text }}{{ text }}"
    raw: !unsafe "{{ text }}"
    number_text: "{{ digits }} {{ ratio }}"
    over: "{{ of_host }}"
    of_host: all
web:
  hosts:
    a.example.com: {of_host: a, text: bye}
    b.example.com: {port: 1}
`

const shown = [...inventory.matchAll(/^ {4}(\w+):/gm)]
  .map(([, name = '']) => name)
  .filter((name) => !name.includes('-'))
const hosts = ['a.example.com', 'b.example.com']
const missing = ansibleMissing()
const check = missing === undefined ? test : test.skip

describe(`Ansible and we resolve references to the same values${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'ansible-home-'))
  const { path, remove } = folderOf({ 'inventory.yml': inventory })

  afterAll(() => {
    remove()
    rmSync(home, { recursive: true, force: true })
  })

  check(
    'of two hosts',
    async () => {
      const file = join(path, 'inventory.yml')
      const theirs = await ansibleValues(home, file, Object.fromEntries(hosts.map((host) => [host, shown])))
      const loaded = await loadInventory([file])
      const ours = hosts.map((host) => [
        host,
        Object.fromEntries(shown.map((name) => [name, loaded.hosts.get(host)?.vars[name]])),
      ])
      expect(Object.fromEntries(ours)).toEqual(theirs)
      expect(shown.length).toBeGreaterThan(30)
    },
    60_000,
  )

  check(
    'as ansible -m debug prints them',
    async () => {
      const file = join(path, 'inventory.yml')
      const expression = `{${shown.map((name) => `'${name}': ${name}`).join(', ')}}`
      const said = await ansible(home, 'ansible', ['all', '-i', file, '-m', 'debug', '-a', `var="${expression}"`])
      const answers = [...said.matchAll(/^(\S+) \| SUCCESS => (\{\n[\s\S]*?^\})/gm)]
      expect(answers.map(([, host]) => host).sort()).toEqual(hosts)
      const loaded = await loadInventory([file])
      for (const [, host = '', json = ''] of answers) {
        const vars = loaded.hosts.get(host)?.vars ?? {}
        expect(Object.values(JSON.parse(json))).toEqual([Object.fromEntries(shown.map((name) => [name, vars[name]]))])
      }
    },
    120_000,
  )
})
