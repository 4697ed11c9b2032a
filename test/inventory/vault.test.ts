import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/core/secret.ts'
import { openVault, sealVault, vaultId } from '../../src/inventory/vault.ts'
import { decryptFile, editFile, encryptFile, openFile, rekeyFile } from '../../src/inventory/vault-files.ts'
import { vaultPasswords } from '../../src/inventory/vault-passwords.ts'
import { folderOf, inputError, loadFiles, readable, refusal, rejection } from './helpers.ts'

const secret = (password: string, id = 'default') => ({ id, password: new Secret(password) })
const right = secret('right-password')
const wrong = secret('wrong-password')
const location = { file: 'secrets.yml' }
const indent = (text: string) => text.replace(/^(?=.)/gm, '    ')

describe('an envelope', () => {
  test.each([0, 1, 15, 16, 17, 5000])('of %i bytes opens again', (size) => {
    const text = 'ü'.repeat(size)
    expect(openVault(sealVault(text, right), [wrong, right], location).toString()).toBe(text)
  })

  test('names its vault id, whose password is tried first', () => {
    const sealed = sealVault('x', secret('right-password', 'prod'))
    expect(sealed).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/)
    expect(vaultId(sealed)).toBe('prod')
    expect(vaultId(sealVault('x', right))).toBe('default')
  })

  test('is never twice the same', () => {
    expect(sealVault('x', right)).not.toBe(sealVault('x', right))
  })

  const sealed = sealVault('x', right)
  test.each([
    ['with another password', sealed, [wrong], 'secrets.yml: no vault password opens this value'],
    ['without a password', sealed, [], 'and no vault password is known'],
    ['cut off', sealed.slice(0, 200), [right], 'this is not a sound vault'],
    ['without a body', '$ANSIBLE_VAULT;1.1;AES256\n', [right], 'this is not a sound vault'],
    ['of another format', sealed.replace('1.1', '1.0'), [right], 'format "1.0" is not 1.1 or 1.2'],
    ['with another cipher', sealed.replace('AES256', 'AES'), [right], 'cipher "AES" is not AES256'],
    ['with other letters', sealed.replace(/[0-9a-f]{4}\n$/, 'zzzz\n'), [right], 'something else than hexadecimal'],
    [
      'changed by somebody',
      sealed.replace(/..\n$/, (end) => (end === '30\n' ? '31\n' : '30\n')),
      [right],
      'no vault password opens this value',
    ],
  ])('%s is refused', (_, text, secrets, message) => {
    expect(readable(inputError(() => openVault(text, secrets, location)))).toContain(message)
  })
})

describe('an inventory with vault values', () => {
  const inline = `all:\n  hosts: {h: }\n  vars:\n    key: !vault |\n${indent(indent(sealVault('in-line-secret', right)))}\n`

  test('has them as Secret, and asks for the password once', async () => {
    let asked = 0
    const vault = async () => {
      asked++
      return [right]
    }
    const whole = sealVault('token: whole-file-secret\nnumber: 123456\nflag: yes\nt: "x {{ token }}"\nn: null', right)
    const { hosts } = await loadFiles({ 'i.yml': inline, 'group_vars/all.yml': whole }, { vault })
    const vars = hosts.get('h')?.vars ?? {}
    expect(asked).toBe(1)
    const revealed = ['key', 'token', 'number', 't'].map((name) => (vars[name] as Secret).reveal())
    expect(revealed).toEqual(['in-line-secret', 'whole-file-secret', '123456', 'x whole-file-secret'])
    expect(vars).toMatchObject({ flag: true, n: null })
  })

  test('asks nobody when nothing is encrypted', async () => {
    const vault = () => Promise.reject(new Error('asked'))
    expect((await loadFiles({ 'i.yml': 'all: {hosts: {h: }}' }, { vault })).hosts.size).toBe(1)
  })

  test('is refused without a password, at the place of the value', async () => {
    expect(await refusal({ 'i.yml': inline })).toContain('i.yml:4:17: this value is encrypted with ansible-vault')
  })

  test('never shows plain text in an error', async () => {
    const broken = sealVault('token: canary-1234\n  bad: "{{ canary-1234 | f }}"', right)
    const text = await refusal(
      { 'i.yml': 'all: {hosts: {h: }}', 'group_vars/all.yml': broken },
      { vault: async () => [right] },
    )
    expect(text).toContain('group_vars/all.yml:')
    expect(text).not.toContain('canary-1234')
  })

  test('never shows a secret template in an error', async () => {
    const sealed = sealVault('v: "{{ canary-1234 | f }}"', right)
    const files = { 'i.yml': 'all: {hosts: {h: }}', 'group_vars/all.yml': sealed }
    const { hosts } = await loadFiles(files, { vault: async () => [right] })
    expect(readable(inputError(() => hosts.get('h')?.vars.v))).not.toContain('canary-1234')
    expect(JSON.stringify(hosts.get('h')?.origin?.('v'))).not.toContain('canary-1234')
  })

  test('with "!vault" before a plain text is refused', async () => {
    expect(await refusal({ 'i.yml': 'all:\n  vars:\n    a: !vault x' })).toContain(
      'i.yml:3:15: "!vault" stands before a text',
    )
  })
})

describe('files', () => {
  test('are encrypted, rekeyed, edited and decrypted in place, with nothing left beside them', async () => {
    const { path, remove } = folderOf({ 's.yml': 'a: 1\n' })
    const file = join(path, 's.yml')
    chmodSync(file, 0o640)
    await encryptFile(file, right)
    expect(readFileSync(file, 'utf8')).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n/)
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readable(await rejection(encryptFile(file, right)))).toContain('this file is encrypted already')
    const next = secret('next-password', 'prod')
    await rekeyFile(file, [right], next)
    expect(readable(await rejection(openFile(file, [right])))).toContain('asks for the vault id "prod"')
    const change = async (plain: string) => {
      expect(statSync(plain).mode & 0o777).toBe(0o600)
      writeFileSync(plain, 'a: 2\n')
    }
    expect(await editFile(file, [right, next], change)).toBe('changed')
    const sealed = readFileSync(file, 'utf8')
    expect(vaultId(sealed)).toBe('prod')
    expect(await editFile(file, [next], async () => undefined)).toBe('unchanged')
    expect(readFileSync(file, 'utf8')).toBe(sealed)
    await decryptFile(file, [next])
    expect(readFileSync(file, 'utf8')).toBe('a: 2\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await readdir(path)).toEqual(['s.yml'])
    remove()
  })

  test('stay as they are when the editor fails', async () => {
    const { path, remove } = folderOf({ 's.yml': sealVault('a: 1\n', right) })
    let plainFile = ''
    const fail = async (plain: string) => {
      plainFile = plain
      throw new Error('editor')
    }
    await expect(editFile(join(path, 's.yml'), [right], fail)).rejects.toThrow('editor')
    expect((await openFile(join(path, 's.yml'), [right])).toString()).toBe('a: 1\n')
    expect(() => statSync(plainFile)).toThrow('ENOENT')
    remove()
  })
})

describe('vault passwords', () => {
  const askSecret = async (question: string) => new Secret(`answer to ${question}`)
  const shown = async (options: Omit<Parameters<typeof vaultPasswords>[0], 'askSecret'>) =>
    (await vaultPasswords({ ...options, askSecret })).map(({ id, password }) => `${id}=${password.reveal()}`)

  test('come from files, scripts, the prompt and the environment, in this order', async () => {
    const { path, remove } = folderOf({
      plain: ' from a file \n',
      script: '#!/bin/sh\necho "from a script $#"\n',
      'keys-client': '#!/bin/sh\necho "client $1 $2"\n',
    })
    const found = await shown({
      password: new Secret('known'),
      vaultIds: [`dev@${path}/plain`, `prod@${path}/keys-client`, 'stage@prompt'],
      passwordFiles: [`${path}/script`],
      ask: true,
      variables: { ANSIBLE_VAULT_PASSWORD_FILE: '/nowhere', ANSIBLE_VAULT_IDENTITY_LIST: `list@${path}/plain` },
    })
    remove()
    expect(found).toEqual([
      'default=known',
      'list=from a file',
      'dev=from a file',
      'prod=client --vault-id prod',
      'stage=answer to vault password (stage)',
      'default=from a script 0',
      'default=answer to vault password',
    ])
  })

  test('of the environment count when no file is given', async () => {
    const { path, remove } = folderOf({ plain: 'from a file\n' })
    expect(await shown({ variables: { ANSIBLE_VAULT_PASSWORD_FILE: `${path}/plain` } })).toEqual([
      'default=from a file',
    ])
    remove()
  })

  test.each([
    ['an empty file', { plain: '\n' }, 'plain: this vault password file gives an empty password'],
    ['no file', {}, 'plain: there is no readable vault password file here'],
    [
      'a failing script',
      { plain: '#!/bin/sh\necho why >&2; exit 1\n' },
      'plain: this vault password script failed\n  why',
    ],
  ])('from %s are refused', async (_, files, message) => {
    const { path, remove } = folderOf(files)
    const error = await rejection(vaultPasswords({ passwordFiles: [`${path}/plain`], askSecret }))
    remove()
    expect(readable(error)).toContain(message)
  })
})
