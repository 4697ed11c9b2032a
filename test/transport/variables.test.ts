import { homedir, userInfo } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { InputError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { expandHome } from '../../src/transport/paths.ts'
import { resolveTarget } from '../../src/transport/resolve-target.ts'
import { connectionVariables } from '../../src/transport/variables.ts'

const host = (vars: Record<string, unknown> = {}) => ({
  name: 'db1',
  groups: [],
  vars,
  origin: () => ({ file: 'inventory.yml', line: 7, column: 3 }),
})

const targetOf = (given: ReturnType<typeof host>) => resolveTarget(given, { sshConfig: 'none', agentSocket: undefined })

describe('the variables of a host', () => {
  test('none is needed', async () => {
    expect(await targetOf(host())).toMatchObject({
      name: 'db1',
      address: 'db1',
      port: 22,
      user: userInfo().username,
      identityFiles: [],
      password: undefined,
      becomeMethod: 'sudo',
      hostKeyChecking: 'strict',
      timeout: 10,
    })
  })

  test.each([
    [{ ansible_host: '10.0.0.1' }, { address: '10.0.0.1' }],
    [{ ansible_ssh_host: 'old' }, { address: 'old' }],
    [{ ansible_host: 'new', ansible_ssh_host: 'old' }, { address: 'new' }],
    [{ ansible_port: 2222 }, { port: 2222 }],
    [{ ansible_port: '2222' }, { port: 2222 }],
    [{ ansible_user: 1000 }, { user: '1000' }],
    [{ ansible_ssh_private_key_file: '~/k' }, { identityFiles: [`${homedir()}/k`] }],
    [{ ansible_private_key_file: ['/a', '/b'] }, { identityFiles: ['/a', '/b'] }],
    [{ ansible_ssh_known_hosts_file: '/k' }, { knownHosts: ['/k'] }],
    [{ ansible_host_key_checking: true }, { hostKeyChecking: 'strict' }],
    [{ ansible_host_key_checking: 'False' }, { hostKeyChecking: 'accept-new' }],
    [{ ansible_ssh_host_key_checking: 'accept-new' }, { hostKeyChecking: 'accept-new' }],
    [{ ansible_become_method: 'su' }, { becomeMethod: 'su' }],
    [{ ansible_timeout: 30 }, { timeout: 30 }],
    [{ ansible_user: null }, { user: userInfo().username }],
  ])('%j', async (vars, target) => {
    expect(await targetOf(host(vars))).toMatchObject(target)
  })

  test.each([
    ['local', 'local'],
    ['smart', 'ssh'],
    ['ssh', 'ssh'],
  ])('the connection %s', (given, connection) => {
    expect(connectionVariables(host({ ansible_connection: given })).connection).toBe(connection)
  })

  test.each([
    [{ ansible_port: 'ssh' }, 'a whole number from 1 to 65535'],
    [{ ansible_port: 0 }, 'a whole number from 1 to 65535'],
    [{ ansible_port: true }, 'a whole number from 1 to 65535'],
    [{ ansible_host: ['a'] }, 'a text'],
    [{ ansible_connection: 'winrm' }, 'one of ssh, '],
    [{ ansible_become_method: 'runas' }, 'one of sudo, su, doas'],
    [{ ansible_ssh_known_hosts_file: [1] }, 'a path'],
    [{ ansible_password: 'two\nlines' }, 'a text of one line'],
  ])('%j is refused', (vars, expected) => {
    const [name] = Object.keys(vars)
    const attempt = () => connectionVariables(host(vars))
    expect(attempt).toThrow(InputError)
    expect(attempt).toThrow(`host db1: variable "${name}" must be ${expected}`)
  })

  test('passwords become secrets, whatever they were', async () => {
    const given = new Secret('given')
    const { password, becomePassword } = await targetOf(host({ ansible_password: given, ansible_become_pass: 4711 }))
    expect(password).toBe(given)
    expect(becomePassword?.reveal()).toBe('4711')
    expect(JSON.stringify(await targetOf(host({ ansible_ssh_pass: 'open sesame' })))).not.toContain('sesame')
  })

  test('~ is our own home, and nothing else is', () => {
    expect([expandHome('~'), expandHome('~/x'), expandHome('~other/x'), expandHome('a/~')]).toEqual([
      homedir(),
      `${homedir()}/x`,
      '~other/x',
      'a/~',
    ])
  })
})
