import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { InputError } from '../../src/core/errors.ts'
import { algorithms } from '../../src/transport/algorithms.ts'
import { resolveTarget } from '../../src/transport/resolve-target.ts'
import { readArguments } from '../../src/transport/ssh-config/arguments.ts'

describe('the way to a host', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'transport-target-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function target(config: string, vars: Record<string, unknown> = {}) {
    const sshConfig = join(folder, 'config')
    writeFileSync(sshConfig, config, { mode: 0o600 })
    return resolveTarget({ name: 'web1', groups: [], vars }, { sshConfig, agentSocket: '/agent' })
  }

  test('variables come before options for ssh, and those before the configuration', async () => {
    const config = 'Host web1\n HostName 10.0.0.1\n User file\n Port 1\n ConnectTimeout 7\n'
    expect(await target(config)).toMatchObject({ address: '10.0.0.1', user: 'file', port: 1, timeout: 7 })
    expect(await target(config, { ansible_ssh_common_args: '-o User=args -p 2' })).toMatchObject({
      user: 'args',
      port: 2,
    })
    expect(
      await target(config, { ansible_ssh_common_args: '-l args', ansible_user: 'var', ansible_port: 3 }),
    ).toMatchObject({
      user: 'var',
      port: 3,
    })
    expect(await target(config, { ansible_timeout: 9 })).toMatchObject({ timeout: 9 })
  })

  test('ansible_host is the name that the configuration is asked for', async () => {
    const config = 'Host gate\n User g\nHost web1\n User w\n'
    expect(await target(config, { ansible_host: 'gate' })).toMatchObject({ address: 'gate', user: 'g' })
  })

  test('tokens, homes and variables of the environment in paths', async () => {
    process.env.TARGET_TEST = 'value'
    const variable = `$${'{TARGET_TEST}'}`
    const config = `IdentityFile ~/.ssh/%r@%h-%n:%p\nUserKnownHostsFile ${variable}/a %d/b\nHostName real\nUser u\n`
    const found = await target(config)
    expect(found.identityFiles).toEqual([`${homedir()}/.ssh/u@real-web1:22`])
    expect(found.knownHosts.slice(0, 2)).toEqual(['value/a', `${homedir()}/b`])
    delete process.env.TARGET_TEST
    await expect(target(config)).rejects.toThrow('the environment variable TARGET_TEST is not set')
  })

  test.each([
    ['', '/agent'],
    ['IdentityAgent none', undefined],
    ['IdentityAgent /other', '/other'],
    ['IdentityAgent $TARGET_AGENT', '/from-variable'],
  ])('the agent: %s', async (config, agentSocket) => {
    process.env.TARGET_AGENT = '/from-variable'
    expect(await target(`User x\n${config}\n`)).toMatchObject({ agentSocket })
  })

  test.each([
    ['', undefined],
    ['ForwardAgent no', undefined],
    ['ForwardAgent yes', '/agent'],
    ['ForwardAgent yes\nIdentityAgent /other', '/other'],
    ['ForwardAgent yes\nIdentityAgent none', undefined],
    ['ForwardAgent /third', '/third'],
    ['ForwardAgent $TARGET_AGENT', '/from-variable'],
  ])('the agent that is lent to the host: %s', async (config, forwardedAgent) => {
    process.env.TARGET_AGENT = '/from-variable'
    expect(await target(`User x\n${config}\n`)).toMatchObject({ forwardedAgent })
  })

  test.each([
    ['', { kind: 'direct' }],
    ['ProxyCommand nc %h %p', { kind: 'command', command: 'nc web1 22' }],
    ['ProxyJump a,u@b:3', { kind: 'jump', hops: [{ host: 'a' }, { user: 'u', host: 'b', port: 3 }] }],
    ['ProxyJump none\nProxyCommand nc %h %p', { kind: 'direct' }],
  ])('the route: %s', async (config, route) => {
    expect((await target(`User x\n${config}\n`)).route).toMatchObject(route)
  })

  test.each([
    ['StrictHostKeyChecking yes', {}, 'strict'],
    ['StrictHostKeyChecking ask', {}, 'strict'],
    ['StrictHostKeyChecking no', {}, 'accept-new'],
    ['StrictHostKeyChecking accept-new', {}, 'accept-new'],
    ['StrictHostKeyChecking no', { ansible_host_key_checking: true }, 'strict'],
  ])('host keys: %s %j', async (config, vars, hostKeyChecking) => {
    expect(await target(`${config}\n`, vars)).toMatchObject({ hostKeyChecking })
  })

  test('a host key alias is looked up without a port', async () => {
    expect((await target('Port 2222\n')).hostKeyName).toEqual({ host: 'web1', port: 2222 })
    expect((await target('Port 2222\nHostKeyAlias other\n')).hostKeyName).toEqual({ host: 'other', port: 22 })
  })

  test('methods that are switched off are not tried', async () => {
    const { methods } = await target('PubkeyAuthentication no\nPreferredAuthentications publickey,password\n')
    expect(methods).toEqual({ keys: false, password: true, keyboard: false })
  })

  test('what is wrong is said with its place', async () => {
    const error = await target('User a\nFancy b\n').catch((reason) => reason)
    expect(error.message).toBe('ssh configuration: there is no option "fancy"')
    expect(error.location).toEqual({ file: join(folder, 'config'), line: 2 })
  })

  test.each([
    ['ansible_ssh_common_args', '-o Fancy=1', 'there is no option "fancy"'],
    ['ansible_ssh_extra_args', '-o Port=x', '"x" is not a port'],
    ['ansible_ssh_args', '--fancy', '"--fancy" is not an option of ssh'],
  ])('what is wrong in %s is said with the host and the place', async (name, text, reason) => {
    const origin = (variable: string) => ({ file: `${variable}.yml`, line: 3, column: 5 })
    const host = { name: 'web1', groups: [], vars: { [name]: text }, origin }
    const error = await resolveTarget(host, { sshConfig: 'none', agentSocket: undefined }).catch((reason) => reason)
    expect(error).toBeInstanceOf(InputError)
    expect(error.message).toBe(`host web1: ${name}: ${reason}`)
    expect(error.location).toEqual({ file: `${name}.yml`, line: 3, column: 5 })
  })

  test('what fits no host as a whole is said with the host', async () => {
    await expect(target('MACs umac-64@openssh.com')).rejects.toThrow('host web1: ssh configuration: none of umac-64')
    await expect(target('UserKnownHostsFile /%z')).rejects.toThrow('host web1: ssh configuration: /%z: ')
  })

  test.each([
    ['-o ProxyJump=gate', ['ProxyJump gate'], undefined],
    ['-oPort=23 -J a,b', ['Port 23', 'ProxyJump a,b'], undefined],
    ["-o 'ProxyCommand=ssh -W %h:%p -q gate'", ['ProxyCommand ssh -W %h:%p -q gate'], undefined],
    ['-C -o ControlMaster=auto -o ControlPersist=60s', ['ControlMaster auto', 'ControlPersist 60s'], undefined],
    [
      '-F ./ssh_config -i "/a b" -4A',
      ['IdentityFile "/a b"', 'AddressFamily inet', 'ForwardAgent yes'],
      './ssh_config',
    ],
  ])('options for ssh: %s', (text, presets, file) => {
    expect(readArguments(text)).toEqual({ presets, file })
  })
})

describe('algorithms', () => {
  test.each([
    ['aes256-ctr,none-such,aes128-ctr', ['aes256-ctr', 'aes128-ctr']],
    ['-*gcm*,chacha*', ['aes128-ctr', 'aes192-ctr', 'aes256-ctr']],
  ])('%s', (wanted, list) => {
    expect(algorithms('ciphers', wanted)).toEqual(list)
  })

  test('others are added before or behind', () => {
    expect(algorithms('hostkeyalgorithms', '+ssh-rsa').at(-1)).toBe('ssh-rsa')
    expect(algorithms('hostkeyalgorithms', '^rsa-sha2-512')[0]).toBe('rsa-sha2-512')
    expect(algorithms('kexalgorithms', undefined).join()).not.toContain('group-exchange')
    expect(() => algorithms('macs', 'umac-64@openssh.com')).toThrow('none of umac-64@openssh.com (macs) is known here')
  })
})
