import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/core/secret.ts'
import { sealVault } from '../../src/inventory/vault.ts'
import { playbook, project, timeless } from './support.ts'

const store = `#!/bin/sh
printf x >> "$(dirname "$0")/asked"
[ "$2" = ceph/key ] || { echo "no entry $2" >&2; exit 1; }
echo key-from-the-store
`

function lookupProject(path: string): { readonly folder: string; readonly asked: () => number; readonly PATH: string } {
  const folder = project({
    'bin/store': store,
    'lookup.ts': `
import { cmd, copy, hostVar, play, playbook, Secret, secret, secretText, task, z } from 'ceph-playbook'

const show = (path: string) => secret(path, cmd\`store show \${path}\`)

export default playbook({
  name: 'Lookup',
  vars: { key: z.instanceof(Secret).default(show('${path}')) },
  plays: ({ key }) => [
    play({
      name: 'Write',
      hosts: 'all',
      tasks: [
        task('Write', copy(({ host }) => ({
          dest: '${join('FOLDER', 'out-')}' + host.name,
          content: secretText\`\${key} \${hostVar(host, 'fromInventory', z.instanceof(Secret))}\`,
        }))),
      ],
    }),
  ],
})
`,
    'inventory.ts': `
import { secret } from 'ceph-playbook'

export default {
  all: {
    hosts: ['one', 'two'],
    vars: { ansible_connection: 'local', fromInventory: secret('of the inventory', async () => 'inventory-secret') },
  },
}
`,
  })
  const file = join(folder, 'lookup.ts')
  writeFileSync(file, readFileSync(file, 'utf8').replace('FOLDER', folder))
  chmodSync(join(folder, 'bin/store'), 0o755)
  const log = join(folder, 'bin/asked')
  return {
    folder,
    asked: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0),
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  }
}

describe('secret()', () => {
  test('is asked for once a run, for all hosts, by playbook and inventory', () => {
    const { folder, asked, PATH } = lookupProject('ceph/key')
    const checked = playbook(folder, ['run', 'lookup.ts', '-i', 'inventory.ts', '--check', '--diff', '-vvv'], { PATH })
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(asked()).toBe(1)
    expect(checked.stdout).not.toMatch(/key-from|inventory-secret/)
    const done = playbook(folder, ['run', 'lookup.ts', '-i', 'inventory.ts', '--diff', '-vvv'], { PATH })
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(asked()).toBe(2)
    expect(done.stdout).not.toMatch(/key-from|inventory-secret/)
    for (const host of ['one', 'two'])
      expect(readFileSync(join(folder, `out-${host}`), 'utf8')).toBe('key-from-the-store inventory-secret')
    expect(playbook(folder, ['inventory', '-i', 'inventory.ts', '--host', 'one']).stdout).toContain(
      '"fromInventory": "********"',
    )
  })

  test('that fails is told with file and line, and asked for once', () => {
    const { folder, asked, PATH } = lookupProject('ceph/lost')
    const { code, stdout } = playbook(folder, ['run', 'lookup.ts', '-i', 'inventory.ts'], { PATH })
    expect(code).toBe(4)
    expect(stdout).toMatch(
      /lookup\.ts:4(:\d+)?\b[\s\S]*the secret "ceph\/lost" cannot be fetched: store ended with exit code 1/,
    )
    expect(stdout).toContain('no entry ceph/lost')
    expect(stdout).toContain('try: run it by hand: store show ceph/lost')
    expect(asked()).toBe(1)
  })
})

describe('-e @FILE', () => {
  const given = (text: string) =>
    project({
      'vars.ts': `
import { copy, play, playbook, reveal, Secret, task, z } from 'ceph-playbook'
export default playbook({
  name: 'Vars',
  vars: { key: z.instanceof(Secret), text: z.string() },
  plays: ({ key, text }) => [
    play({ name: 'Write', hosts: 'one', tasks: [task('Write', copy({ dest: '/nowhere/' + text, content: key }))] }),
  ],
})
`,
      password: 'of the vault',
      'secrets.yml': text,
    })
  const access = ['--vault-password-file', 'password']

  test('a file of ansible-vault, and a value of it, give secrets', () => {
    const key = { id: 'default', password: new Secret('of the vault') }
    const inline = `key: !vault |\n${sealVault('canary-inline', key).replace(/^/gm, '  ')}\ntext: !unsafe "{{ plain }}"\n`
    const shown = playbook(given(inline), [
      'run',
      'vars.ts',
      '--no-typecheck',
      '--check',
      '-vvv',
      '-e',
      '@secrets.yml',
      ...access,
    ])
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toContain('/nowhere/{{ plain }}')
    expect(shown.stdout).not.toContain('canary-inline')
    const whole = sealVault('key: canary-whole\n', key)
    const also = playbook(given(whole), [
      'run',
      'vars.ts',
      '--no-typecheck',
      '--check',
      '-e',
      '@secrets.yml',
      '-e',
      'text=b',
      ...access,
    ])
    expect(also).toMatchObject({ code: 0, stderr: '' })
  })

  test('text is no secret', () => {
    const { code, stderr } = playbook(given('key: plain\ntext: a\n'), [
      'run',
      'vars.ts',
      '--no-typecheck',
      '-e',
      '@secrets.yml',
    ])
    expect(code).toBe(2)
    expect(stderr).toMatch(/key.*expected Secret/s)
  })
})

test('passwords that are common words change nothing of what is shown', () => {
  const shown = (env: Readonly<Record<string, string>>) => {
    const files = {
      'hello.ts': readFileSync(join(project(), 'hello.ts'), 'utf8').replace('Write a note', 'Changed root, hanging'),
    }
    const { code, stdout, stderr } = playbook(project(files), ['run', 'hello.ts', '-f', '1', '-vvv', '--diff'], env)
    return { code, stderr, stdout: timeless(stdout) }
  }
  const plain = shown({})
  expect(plain.stdout).toContain('changed')
  expect(shown({ PLAYBOOK_PASSWORD: 'hang', PLAYBOOK_BECOME_PASSWORD: 'root' })).toEqual(plain)
  expect(shown({ PLAYBOOK_PASSWORD: 'changed', PLAYBOOK_VAULT_PASSWORD: 'e' })).toEqual(plain)
})
