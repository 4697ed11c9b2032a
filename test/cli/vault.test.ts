import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { environment, main, playbook, project } from './support.ts'

const files = { password: 'one\n', next: 'two\n', 'secrets.yml': 'key: canary-of-the-vault\n' }
const access = ['--vault-password-file', 'password']

describe('playbook vault', () => {
  test('encrypts, shows, edits, rekeys and decrypts a file', () => {
    const folder = project(files)
    const call = (...args: string[]) => playbook(folder, ['vault', ...args], { EDITOR: 'sed -i s/canary/bird/' })
    const content = () => readFileSync(join(folder, 'secrets.yml'), 'utf8')
    expect(call('encrypt', ...access, 'secrets.yml')).toEqual({
      code: 0,
      stdout: 'secrets.yml: encrypted\n',
      stderr: '',
    })
    expect(content()).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n[0-9a-f\n]+$/)
    expect(call('view', ...access, 'secrets.yml').stdout).toBe('key: canary-of-the-vault\n')
    expect(call('edit', ...access, 'secrets.yml').stdout).toBe('secrets.yml: changed\n')
    expect(call('rekey', ...access, '--new-vault-id', 'prod@next', 'secrets.yml').code).toBe(0)
    expect(content()).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/)
    expect(call('view', ...access, 'secrets.yml').stderr).toContain(
      'secrets.yml: error: no vault password opens this value',
    )
    expect(call('decrypt', '--vault-id', 'prod@next', 'secrets.yml').code).toBe(0)
    expect(content()).toBe('key: bird-of-the-vault\n')
  })

  test('encrypts a value of standard input for a vars file, which an inventory then reads', () => {
    const folder = project(files)
    const args = [main, 'vault', 'encrypt', '--name', 'key', ...access]
    const { stdout } = spawnSync(process.execPath, args, {
      cwd: folder,
      env: environment,
      input: 'canary\n',
      encoding: 'utf8',
    })
    expect(stdout).toMatch(/^key: !vault \|\n {2}\$ANSIBLE_VAULT;1\.1;AES256\n/)
    writeFileSync(
      join(folder, 'i.yml'),
      `all: {hosts: {h: }}\nweb:\n  vars:\n${stdout.replace(/^/gm, '    ')}\n  hosts: {h: }\n`,
    )
    const shown = playbook(folder, ['inventory', '-i', 'i.yml', '--host', 'h', ...access])
    expect(shown.stderr).toBe('')
    expect(JSON.parse(shown.stdout)).toEqual({ key: '********' })
  })

  test('takes the password from the environment and from .env', () => {
    const folder = project({ ...files, '.env': 'PLAYBOOK_VAULT_PASSWORD=one\n' })
    chmodSync(join(folder, '.env'), 0o600)
    expect(playbook(folder, ['vault', 'encrypt', 'secrets.yml']).code).toBe(0)
    const env = { ANSIBLE_VAULT_PASSWORD_FILE: 'password' }
    expect(playbook(folder, ['vault', 'view', 'secrets.yml'], env).stdout).toBe('key: canary-of-the-vault\n')
  })

  test.each([
    [['encrypt', ...access, 'nofile'], 'error: there is no readable file "nofile"'],
    [['encrypt', ...access], 'error: vault: which file?'],
    [['view', ...access, 'secrets.yml'], 'secrets.yml: error: this file is not encrypted'],
    [['encrypt', 'secrets.yml'], 'error: vault password cannot be asked for: standard input is not a terminal'],
    [
      ['encrypt', '--vault-id', 'a@password', '--vault-id', 'b@next', 'secrets.yml'],
      'error: several vault ids were given',
    ],
    [['encrypt', ...access, '--encrypt-vault-id', 'prod', 'secrets.yml'], 'error: there is no vault id "prod"'],
  ])('%j is refused', (args, message) => {
    const { code, stdout, stderr } = playbook(project(files), ['vault', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})
