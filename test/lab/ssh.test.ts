import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { labDown, labFiles } from '../../lab/index.ts'
import { sh } from '../../src/core/command.ts'
import { Secret } from '../../src/core/secret.ts'
import { connectError } from '../transport/helpers/errors.ts'
import { freePort } from '../transport/helpers/sshd.ts'
import {
  addressOf,
  addUser,
  asRoot,
  bySsh,
  countInJournal,
  file,
  folder,
  hostKey,
  markJournal,
  names,
  newKey,
  reach,
  sshLab,
  whereAmI,
} from './ssh-lab.ts'
import { describeLab } from './support.ts'

const [outer, inner, target] = names
const operatorPassword = () => readFileSync(labFiles(sshLab.name).operatorPassword, 'utf8')
const rootKey = () => ({
  ansible_user: 'root',
  ansible_ssh_private_key_file: labFiles(sshLab.name).privateKey,
})

describeLab('ssh', { ...sshLab, hosts: names }, () => {
  afterAll(() => labDown(sshLab.name))

  describe('hosts on the way', () => {
    let config = ''
    let guestKey = ''

    // Each takes its own key only, and only from the host before it: there is no other way than the one that is meant.
    beforeAll(async () => {
      const [first, second] = [newKey(), newKey({ type: 'ecdsa' })]
      guestKey = newKey({ type: 'rsa' })
      await addUser(outer, 'porter', first)
      await addUser(inner, 'butler', second, addressOf(outer))
      await addUser(target, 'guest', guestKey, addressOf(inner))
      config = file(
        'config',
        `Host outer
  HostName ${addressOf(outer)}
  User porter
  IdentityFile ${first}
Host inner
  HostName ${addressOf(inner)}
  User butler
  IdentityFile ${second}
  ProxyJump outer
Host target one-line
  HostName ${addressOf(target)}
  User guest
  IdentityFile ${guestKey}
Host target
  ProxyJump inner
Host one-line
  ProxyJump outer,inner
Host local
  HostName ::1
  HostKeyAlias ${outer}
  User porter
  IdentityFile ${first}
  ProxyJump outer
Host *
  IdentitiesOnly yes
  UserKnownHostsFile ${labFiles(sshLab.name).knownHosts}
`,
      )
    })

    test.each(['target', 'one-line'])('two deep, with users and keys of their own: %s', async (name) => {
      const connection = await reach(name, {}, { sshConfig: config })
      expect(await whereAmI(connection)).toBe(`guest ${target} ${addressOf(inner)}`)
    })

    test('and not in any other way', async () => {
      const error = await connectError(
        reach('target', { ansible_ssh_common_args: '-o ProxyJump=outer' }, { sshConfig: config }),
      )
      expect(error.message).toBe(`target: ${addressOf(target)} does not let guest in`)
      expect(bySsh(['-F', config, '-o', 'ProxyJump=outer'], 'target').code).toBe(255)
    })

    test('to an address of IPv6 behind it', async () => {
      expect(await whereAmI(await reach('local', {}, { sshConfig: config }))).toBe(`porter ${outer} ::1`)
    })

    test('by a command', async () => {
      const vars = { ansible_ssh_common_args: `-o ProxyCommand="ssh -F ${config} -W %h:%p inner" -o ProxyJump=none` }
      expect(await whereAmI(await reach('target', vars, { sshConfig: config }))).toBe(
        `guest ${target} ${addressOf(inner)}`,
      )
    })

    test('by a port that is forwarded', async () => {
      const port = await freePort()
      const forward = `127.0.0.1:${port}:${addressOf(target)}:22`
      await startTunnel(['-F', config, '-N', '-o', 'ExitOnForwardFailure=yes', '-L', forward, 'inner'])
      const known = file('forwarded', `[127.0.0.1]:${port} ${hostKey(target)}\n`)
      const vars = { ansible_host: '127.0.0.1', ansible_port: port, ansible_ssh_known_hosts_file: known }
      const user = { ansible_user: 'guest', ansible_ssh_private_key_file: guestKey }
      expect(await whereAmI(await reach('forwarded', { ...vars, ...user }))).toBe(`guest ${target} ${addressOf(inner)}`)
    })
  })

  describe('who one is', () => {
    beforeAll(() => asRoot(target, 'useradd -m svc'))

    const none = () => ({ ansible_host: addressOf(target), ansible_ssh_private_key_file: join(folder, 'none') })

    test('a key that only the agent has', async () => {
      const key = newKey()
      await addUser(target, 'agented', key)
      const socket = startAgent(key)
      rmSync(key)
      rmSync(`${key}.pub`)
      const vars = { ansible_host: addressOf(target), ansible_user: 'agented' }
      expect(await whereAmI(await reach(target, vars, { agentSocket: socket }))).toMatch(/^agented /)
      const error = await connectError(reach(target, vars))
      expect(error.step).toBe('authenticate')
    })

    test('an agent is lent to a host only when that is asked for', async () => {
      const key = newKey()
      const socket = startAgent(key)
      const vars = { ...rootKey(), ansible_host: addressOf(target) }
      const listed = async (more: object) => {
        const connection = await reach(target, { ...vars, ...more }, { agentSocket: socket })
        const as = async (become?: string) => {
          const [result] = await connection.run([sh('ssh-add -l')], { timeout: 10, become })
          return result?.stdout
        }
        return [await as(), await as('svc')]
      }
      expect(await listed({})).toEqual(['', ''])
      const fingerprint = execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' }).split(' ')[1] ?? ''
      expect(await listed({ ansible_ssh_common_args: '-A' })).toEqual([expect.stringContaining(fingerprint), ''])
      await asRoot(
        target,
        "echo 'AllowAgentForwarding no' > /etc/ssh/sshd_config.d/00-test.conf && systemctl restart ssh",
      )
      const refused = await connectError(listed({ ansible_ssh_common_args: '-o ForwardAgent=yes' }))
      expect(refused.message).toBe(`${target} does not let an agent be used from there (ForwardAgent)`)
      await asRoot(target, 'rm /etc/ssh/sshd_config.d/00-test.conf && systemctl restart ssh')
    })

    test('a password and nothing else', async () => {
      const vars = { ...none(), ansible_user: 'operator', ansible_password: new Secret(operatorPassword()) }
      expect(await whereAmI(await reach(target, vars))).toMatch(/^operator /)
    })

    test('a password where the host asks by keyboard-interactive only', async () => {
      const settings = 'PasswordAuthentication no\\nKbdInteractiveAuthentication yes\\n'
      await asRoot(target, `printf '${settings}' > /etc/ssh/sshd_config.d/00-test.conf && systemctl restart ssh`)
      try {
        const vars = { ...none(), ansible_user: 'operator', ansible_password: new Secret(operatorPassword()) }
        expect(await whereAmI(await reach(target, vars))).toMatch(/^operator /)
      } finally {
        await asRoot(target, 'rm /etc/ssh/sshd_config.d/00-test.conf && systemctl restart ssh')
      }
    })

    test('a wrong password is given once', async () => {
      const mark = await markJournal(target)
      const error = await connectError(
        reach(target, { ...none(), ansible_user: 'operator', ansible_password: 'not-the-password' }),
      )
      expect(error.message).toBe(`${target}: ${addressOf(target)} does not let operator in`)
      expect(error.detail).toMatch(/tried: password$/m)
      expect(error.detail).not.toContain('not-the-password')
      expect(await countInJournal(target, mark, 'Failed password for operator')).toBe(1)
    })
  })

  describe('the key of a host', () => {
    const stranger = () => readFileSync(`${newKey()}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
    const hashed = (line: string) => {
      const path = file('hashed', `${line}\n`)
      execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
      return readFileSync(path, 'utf8').trim()
    }

    /** What is on file, and whether a host with that is refused, or else let be, or taken as new. */
    const cases: Readonly<Record<string, readonly [() => string, yes: RegExp | 'ok', acceptNew: RegExp | 'ok']>> = {
      'that is known': [() => `${addressOf(target)} ${hostKey(target)}`, 'ok', 'ok'],
      'that is known by a hashed name': [() => hashed(`${addressOf(target)} ${hostKey(target)}`), 'ok', 'ok'],
      'that is not known': [() => '', /is not known$/, 'ok'],
      'of which another is known': [() => `${addressOf(target)} ${stranger()}`, /HAS CHANGED/, /HAS CHANGED/],
      'of which another is known by a hashed name': [
        () => hashed(`${addressOf(target)} ${stranger()}`),
        /HAS CHANGED/,
        /HAS CHANGED/,
      ],
      'that is revoked': [
        () => `${addressOf(target)} ${hostKey(target)}\n@revoked * ${hostKey(target)}`,
        /is marked as revoked$/,
        /is marked as revoked$/,
      ],
      'that an authority may have signed': [() => `@cert-authority * ${stranger()}`, /is not known$/, 'ok'],
    }

    test.each(Object.entries(cases))('%s: ssh and we say the same', async (_, [text, yes, acceptNew]) => {
      for (const [checking, expected] of [['yes', yes] as const, ['accept-new', acceptNew] as const]) {
        const content = `${text()}\n`
        const [ours, theirs] = [file('ours', content), file('theirs', content)]
        const known = ['-o', `UserKnownHostsFile=${theirs}`, '-o', 'GlobalKnownHostsFile=none']
        const key = ['-F', 'none', '-i', labFiles(sshLab.name).privateKey, '-o', 'UpdateHostKeys=no']
        const ssh = bySsh([...key, ...known, '-o', `StrictHostKeyChecking=${checking}`], `root@${addressOf(target)}`)
        expect(ssh.code).toBe(expected === 'ok' ? 0 : 255)
        const vars = { ansible_host: addressOf(target), ansible_ssh_known_hosts_file: ours }
        const options = { ansible_ssh_common_args: `-o StrictHostKeyChecking=${checking}` }
        const connecting = reach(target, { ...rootKey(), ...vars, ...options })
        if (expected === 'ok') await connecting
        else
          expect(await connectError(connecting)).toMatchObject({
            step: 'host key',
            message: expect.stringMatching(expected),
          })
        // Both have put a new host on file, or both have left the file as it was.
        expect(readFileSync(ours, 'utf8').trim().split('\n').at(-1)).toBe(
          readFileSync(theirs, 'utf8').trim().split('\n').at(-1),
        )
      }
    })
  })

  describe('IPv6', () => {
    test('an address of the line itself', async () => {
      await asRoot(target, 'ip -6 address add fe80::22/64 dev host0 nodad')
      const address = addressOf(target, true)
      const known = file('ipv6', `${address} ${hostKey(target)}\n`)
      const vars = { ansible_host: address, ansible_ssh_known_hosts_file: known }
      expect(await whereAmI(await reach(target, { ...rootKey(), ...vars }))).toMatch(
        new RegExp(`^root ${target} fe80::`),
      )
      expect(
        bySsh(
          ['-F', 'none', '-i', rootKey().ansible_ssh_private_key_file, '-o', `UserKnownHostsFile=${known}`],
          `root@${address}`,
        ).code,
      ).toBe(0)
    })
  })
})

const tunnels: ChildProcess[] = []
const agents: number[] = []
afterEach(() => {
  for (const tunnel of tunnels.splice(0)) tunnel.kill()
  for (const agent of agents.splice(0)) process.kill(agent, 'SIGTERM')
})

/** ssh with these options, once it says that it listens. */
async function startTunnel(options: readonly string[]): Promise<void> {
  const tunnel = spawn('ssh', ['-v', ...options], { stdio: ['ignore', 'ignore', 'pipe'] })
  tunnels.push(tunnel)
  await new Promise<void>((resolve, reject) => {
    let said = ''
    tunnel.stderr?.on('data', (data) => {
      said += data
      if (/Local forwarding listening on/.test(said)) resolve()
    })
    tunnel.once('exit', () => reject(new Error(said)))
  })
}

/** An agent with this key; gives its socket. */
function startAgent(key: string): string {
  const socket = join(mkdtempSync(join(folder, 'agent-')), 'socket')
  const said = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' })
  agents.push(Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]))
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return socket
}
