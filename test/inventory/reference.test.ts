import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { type Host, hostVar } from '../../src/core/host.ts'
import { knownSecrets, Secret } from '../../src/core/secret.ts'
import { environmentOf } from '../../src/inventory/env.ts'
import { inputError, loadFiles, readable } from './helpers.ts'

async function hostWith(vars: string, environment: Readonly<Record<string, string>> = {}): Promise<Host> {
  const text = `all:\n  hosts: {h: }\n  vars:\n${vars.replace(/^/gm, '    ')}`
  const { hosts } = await loadFiles({ 'i.yml': text }, { environment: environmentOf(environment) })
  const host = hosts.get('h')
  if (!host) throw new Error('no host')
  return host
}

describe('a reference to another variable', () => {
  test('keeps the type when it is the whole value, and is text within one', async () => {
    const { vars } = await hostWith('port: 6789\nsame: "{{ port }}"\naddress: "v2:{{ port }}/0"\nlist: ["{{ port }}"]')
    expect(vars).toMatchObject({ same: 6789, address: 'v2:6789/0', list: [6789] })
  })

  test('sees the value that counts for the host', async () => {
    const { hosts } = await loadFiles({
      'i.yml': 'all: {vars: {name: "{{ site }}-1", site: none}}\neast: {hosts: {h: }, vars: {site: east}}',
    })
    expect(hosts.get('h')?.vars.name).toBe('east-1')
  })

  test('passes hostVar', async () => {
    const host = await hostWith('port: 6789\nsame: "{{ port }}"')
    expect(hostVar(host, 'same', z.number())).toBe(6789)
  })

  test('to a secret is secret, also within a text', async () => {
    const { vars } = await hostWith('whole: "{{ env.TOKEN }}"\npart: "user:{{ env.TOKEN }}@"', { TOKEN: 'abc123xyz' })
    expect(vars.whole).toBeInstanceOf(Secret)
    expect(vars.part).toBeInstanceOf(Secret)
    expect((vars.part as Secret).reveal()).toBe('user:abc123xyz@')
    expect(JSON.stringify(vars)).not.toContain('abc123xyz')
    expect(knownSecrets().has('user:')).toBe(false)
  })
})

describe('a value that cannot be resolved', () => {
  test('harms nobody who does not read it', async () => {
    const { vars } = await hostWith('bad: "{{ x | default(1) }}"\ngood: 1')
    expect(vars.good).toBe(1)
    expect(Object.keys(vars)).toContain('bad')
  })

  test.each([
    [
      'a filter',
      'v: "{{ x | default(1) }}"',
      'i.yml:4:8: this value is a template of Ansible that is more than a plain',
    ],
    ['what stands there', 'v: "{{ x | default(1) }}"', '  {{ x | default(1) }}\n'],
    [
      'what to write for a default',
      'v: "{{ x | default(1) }}"',
      'a fallback for "x" belongs into the vars of group "all"',
    ],
    ['a lookup', `v: "{{ lookup('env', 'HOME') }}"`, 'write "{{ env.HOME }}"'],
    ['an expression', 'n: 1\nv: "{{ n + 1 }}"', 'i.yml:5:8: this value is a template'],
    ['a statement', 'v: "{% if x %}1{% endif %}"', 'conditions and loops belong into the playbook'],
    ['a comment', 'v: "a{# b #}"', 'i.yml:4:8: this value is a template'],
    ['one in a list', 'v:\n  - ok\n  - "{{ a }} {{ b | int }}"\na: 1', 'i.yml:6:9: this value is a template'],
    ['an unknown name', 'port: 1\nv: "{{ prt }}"', 'i.yml:5:8: {{ … }} refers to "prt", which is not set'],
    ['the nearest name', 'port: 1\nv: "{{ prt }}"', 'did you mean "port"?'],
    ['an unknown key', 'm: {alpha: 1}\nv: "{{ m.alpa }}"', 'refers to "alpa", which is not set in "m"'],
    ['a list in a text', 'l: [1]\nv: "x{{ l }}"', '{{ l }} stands inside a text, but its value is a list'],
    ['a truth value in a text', 'b: yes\nv: "x{{ b }}"', 'but its value is the truth value true'],
    ['a circle', 'v: "{{ w }}"\nw: "{{ v }}"', 'i.yml:4:5: the variables refer to each other in a circle: v → w → v'],
  ])('names %s', async (_, vars, message) => {
    const host = await hostWith(vars)
    expect(readable(inputError(() => host.vars.v))).toContain(message)
    expect(readable(inputError(() => hostVar(host, 'v', z.unknown())))).toContain(message)
  })
})
