import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../../src/core/secret.ts'
import { openVault, sealVault, vaultId } from '../../../src/inventory/vault.ts'
import { ansible, ansibleMissing } from './ansible.ts'

const missing = ansibleMissing()
const check = missing === undefined ? test : test.skip
const text = `user: ceph\nkey: "ünïcode, quotes ' and spaces"\nlong: ${'x'.repeat(3000)}`
const password = 'correct horse battery staple'

describe(`ansible-vault and we open what the other sealed${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'ansible-home-'))
  const file = (name: string) => join(home, name)

  beforeAll(() => writeFileSync(file('password'), `${password}\n`))
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  check.each([
    ['default', '1.1'],
    ['prod', '1.2'],
  ])(
    'with the vault id %s (format %s)',
    async (id, format) => {
      const secret = { id, password: new Secret(password) }
      const access = ['--vault-id', `${id}@${file('password')}`]
      writeFileSync(file(id), text)
      await ansible(home, 'ansible-vault', ['encrypt', ...access, '--encrypt-vault-id', id, file(id)])
      const theirs = readFileSync(file(id), 'utf8')
      expect(theirs).toContain(`$ANSIBLE_VAULT;${format};AES256`)
      expect(vaultId(theirs)).toBe(id)
      expect(openVault(theirs, [secret], { file: id }).toString()).toBe(text)

      writeFileSync(file(`${id}-ours`), sealVault(text, secret))
      expect(await ansible(home, 'ansible-vault', ['view', ...access, file(`${id}-ours`)])).toBe(`${text}\n`)
    },
    60_000,
  )
})
