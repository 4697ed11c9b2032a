import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/core/secret.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { folderOf, readable, rejection } from './helpers.ts'

const before = { ...process.env }
afterEach(() => {
  process.env = { ...before }
})

const inventory = { 'i.yml': 'all: {hosts: {h: }}' }
const noAge = existsSync('/usr/bin/age') ? undefined : 'age is not installed'

describe('a variables file that sops encrypted', () => {
  const sealed = 'key: ENC[AES256_GCM,data:xx]\nsops:\n  mac: x\n'

  test('is opened by sops, and all it holds is secret', async () => {
    const { path, remove } = folderOf({
      ...inventory,
      'group_vars/all.yml': sealed,
      'bin/sops': '#!/bin/sh\n[ "$1" = --decrypt ] && echo "key: opened from $(basename "$2")"\n',
    })
    process.env.PATH = `${path}/bin:${process.env.PATH}`
    const { hosts } = await loadInventory([join(path, 'i.yml')])
    remove()
    const key = hosts.get('h')?.vars.key
    expect(key).toBeInstanceOf(Secret)
    expect((key as Secret).reveal()).toBe('opened from all.yml')
  })

  test.each([
    ['without sops', {}, 'group_vars/all.yml: this file is encrypted with sops, which is not installed'],
    [
      'that sops cannot open',
      { 'bin/sops': '#!/bin/sh\necho no key >&2; exit 1\n' },
      'sops cannot open this file\n  no key',
    ],
  ])('%s is refused', async (_, program, message) => {
    const { path, remove } = folderOf({ ...inventory, 'group_vars/all.yml': sealed, ...program })
    process.env.PATH = `${path}/bin:/bin:/usr/bin`
    const error = await rejection(loadInventory([join(path, 'i.yml')]))
    remove()
    expect(readable(error)).toContain(message)
  })
})

describe('a variables file that age encrypted', () => {
  const run = noAge === undefined ? test : test.skip

  run.each(['binary', 'armored'])(`is opened by age, %s${noAge ? ` (skipped: ${noAge})` : ''}`, async (form) => {
    const { path, remove } = folderOf({ ...inventory, 'group_vars/all.yml': '', 'key.txt': '' })
    const key = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    writeFileSync(join(path, 'key.txt'), key)
    const recipient = /age1\w+/.exec(key)?.[0] ?? ''
    const armor = form === 'armored' ? ['--armor'] : []
    const sealed = execFileSync('age', ['--recipient', recipient, ...armor], { input: 'key: age-secret\nn: 5\n' })
    writeFileSync(join(path, 'group_vars/all.yml'), sealed)
    process.env.AGE_IDENTITY_FILE = join(path, 'key.txt')
    const { hosts } = await loadInventory([join(path, 'i.yml')])
    expect(readFileSync(join(path, 'group_vars/all.yml')).equals(sealed)).toBe(true)
    remove()
    const { key: opened, n } = hosts.get('h')?.vars ?? {}
    expect((opened as Secret).reveal()).toBe('age-secret')
    expect(n).toBeInstanceOf(Secret)
  })

  test('is refused without an identity', async () => {
    const { path, remove } = folderOf({ ...inventory, 'group_vars/all.yml': 'age-encryption.org/v1\n-> x\n' })
    process.env.HOME = path
    process.env.AGE_IDENTITY_FILE = ''
    process.env.SOPS_AGE_KEY_FILE = ''
    const error = await rejection(loadInventory([join(path, 'i.yml')]))
    remove()
    expect(readable(error)).toContain('and there is no identity to open it with\n  try: set AGE_IDENTITY_FILE')
  })
})
