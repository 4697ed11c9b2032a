import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { cmd, sh } from '../../src/core/command.ts'
import { Secret } from '../../src/core/secret.ts'
import { createTransport, type HostConnection, type TransportOptions } from '../../src/transport/index.ts'
import { connectError } from './helpers/errors.ts'
import { commandLines, isRunning, uniqueSleep, until } from './helpers/processes.ts'
import { newKeyFile, type Sshd, startSshd, whyNoSshd, whyNoUsers } from './helpers/sshd.ts'

jest.setTimeout(30_000)

const noSshd = whyNoSshd()
const noUsers = noSshd ?? whyNoUsers()
const connections: HostConnection[] = []

async function connect(sshd: Sshd, user?: string, vars = {}, options: TransportOptions = {}): Promise<HostConnection> {
  const connection = await createTransport({ agentSocket: 'none', ...options }).connect(sshd.host(user, vars))
  connections.push(connection)
  return connection
}

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})

if (noSshd) test(`OpenSSH's sshd: not tried, since ${noSshd}`, () => undefined)
else
  describe("OpenSSH's sshd", () => {
    let sshd: Sshd
    beforeAll(async () => {
      sshd = await startSshd({ hostKeyTypes: ['rsa', 'ecdsa', 'ed25519'] })
    })
    afterAll(() => sshd.stop())

    test('commands, output, standard input, exit codes', async () => {
      const connection = await connect(sshd)
      const commands = [sh('printf out; printf err >&2; exit 3'), { ...cmd`wc -c`, stdin: 'x'.repeat(1_000_000) }]
      expect(await connection.run(commands, { timeout: 10 })).toEqual([
        { code: 3, stdout: 'out', stderr: 'err' },
        { code: 0, stdout: '1000000\n', stderr: '' },
      ])
    })

    test('200 MB of output', async () => {
      const connection = await connect(sshd)
      const [result] = await connection.run([cmd`head -c 200000000 /dev/zero`], { timeout: 30 })
      expect(result).toMatchObject({ code: 0, stderr: expect.stringMatching(/183222784 more bytes of stdout/) })
    })

    // Not on ssh2's own server, which now and then ends a channel, or stands still, when both its streams are flooded.
    test('of a flood of output the first part is kept, and memory stays bounded', async () => {
      const connection = await connect(sshd, undefined, {}, { keep: 1_000_000 })
      await connection.run([cmd`head -c 20000000 /dev/zero`], { timeout: 30 })
      const before = process.memoryUsage().rss
      const flooding = sh('yes | head -c 200000000; yes | head -c 3000000 >&2')
      const [flood, next] = await connection.run([flooding, cmd`echo x`], { timeout: 30 })
      expect(flood?.code).toBe(0)
      expect(flood?.stdout).toHaveLength(1_000_000)
      expect(flood?.stderr).toMatch(/199000000 more bytes of stdout were dropped\]\n.*2000000 more bytes of stderr/)
      expect(next?.stdout).toBe('x\n')
      expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
    })

    test('time that is up leaves no process', async () => {
      const connection = await connect(sshd)
      const sleep = uniqueSleep()
      const [result] = await connection.run([sh(`sleep ${sleep} & sleep ${sleep}`)], { timeout: 0.3 })
      expect(result).toMatchObject({ code: undefined, timedOut: 0.3 })
      await until(() => !isRunning(sleep))
    })

    test('a connection that is cut leaves no process', async () => {
      const relay = await startRelay(sshd.port)
      const known = join(sshd.folder, 'relayed')
      writeFileSync(known, readFileSync(sshd.knownHostsFile, 'utf8').replaceAll(`:${sshd.port}`, `:${relay.port}`))
      const connection = await connect(sshd, undefined, {
        ansible_port: relay.port,
        ansible_ssh_known_hosts_file: known,
      })
      const sleep = uniqueSleep()
      const answer = connectError(connection.run([sh(`sleep ${sleep}; sleep ${sleep}`)], { timeout: 60 }))
      await until(() => isRunning(sleep))
      relay.cut()
      expect((await answer).step).toBe('session')
      await until(() => !isRunning(sleep))
      relay.close()
    })

    test.each(['rsa', 'ecdsa', 'ed25519'])(
      'the type of key that is on file is the one that is asked for: %s',
      async (type) => {
        const known = join(sshd.folder, `known_${type}`)
        const key = readFileSync(join(sshd.folder, `host_${type}.pub`), 'utf8')
        writeFileSync(known, `[127.0.0.1]:${sshd.port} ${key}`)
        await connect(sshd, undefined, { ansible_ssh_known_hosts_file: known })
        execFileSync('ssh-keygen', ['-q', '-H', '-f', known], { stdio: 'ignore' })
        expect(readFileSync(known, 'utf8')).toMatch(/^\|1\|/)
        await connect(sshd, undefined, { ansible_ssh_known_hosts_file: known })
      },
    )

    test('the command that an error tells to run makes the host known', async () => {
      const known = join(sshd.folder, 'by_hand')
      const vars = { ansible_ssh_known_hosts_file: known }
      const error = await connectError(connect(sshd, undefined, vars))
      const command = /ssh-keyscan .*$/.exec(error.hint ?? '')?.[0] ?? ''
      execFileSync('sh', ['-c', command], { stdio: 'ignore' })
      await connect(sshd, undefined, vars)
    })

    test('by IPv6', async () => {
      const connection = await connect(sshd, undefined, { ansible_host: '::1' })
      expect((await connection.run([cmd`echo ok`], { timeout: 5 }))[0]?.stdout).toBe('ok\n')
    })

    test.each(['ed25519', 'rsa', 'ecdsa'])(
      'a key that only the agent has, or whose file is encrypted: %s',
      async (type) => {
        const file = newKeyFile(join(sshd.folder, `agent_${type}`), type, 'a passphrase')
        const authorized = join(sshd.folder, 'authorized_keys')
        writeFileSync(authorized, readFileSync(authorized, 'utf8') + readFileSync(`${file}.pub`, 'utf8'))
        const socket = join(sshd.folder, `agent_${type}.sock`)
        const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
        await until(() => existsSync(socket))
        const askpass = join(sshd.folder, 'askpass')
        writeFileSync(askpass, '#!/bin/sh\necho a passphrase\n', { mode: 0o700 })
        const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
        execFileSync('ssh-add', [file], { env, stdio: 'ignore' })
        const asked: string[] = []
        const askSecret = async (question: string) => {
          asked.push(question)
          return new Secret('a passphrase')
        }
        await connect(sshd, undefined, { ansible_ssh_private_key_file: file }, { agentSocket: socket, askSecret })
        expect(asked).toEqual([])
        await connect(sshd, undefined, { ansible_ssh_private_key_file: file }, { askSecret })
        expect(asked).toEqual([`Passphrase for ${file}`])
        const unknown = createTransport({ agentSocket: 'none' }).connect(
          sshd.host(undefined, { ansible_ssh_private_key_file: file }),
        )
        expect((await connectError(unknown)).detail).toContain('its passphrase is not known')
        agent.kill()
      },
    )
  })

const password = 'correct horse battery'
const loginShells = ['/bin/bash', '/bin/dash', '/usr/bin/zsh', '/bin/csh', '/usr/bin/fish', '/usr/bin/mksh'].filter(
  (path) => existsSync(path),
)

if (noUsers) test(`users, sudo, su on a real sshd: not tried, since ${noUsers}`, () => undefined)
else
  describe('users on a real sshd', () => {
    let sshd: Sshd
    beforeAll(async () => {
      sshd = await startSshd({
        rootPassword: 'root of all',
        doas: 'permit nopass free as root\npermit paid as root',
        config: ['PasswordAuthentication yes', 'UsePAM yes', 'KbdInteractiveAuthentication yes'],
        users: [
          { name: 'free', sudoers: 'NAME ALL=(ALL) NOPASSWD: ALL' },
          { name: 'paid', sudoers: 'NAME ALL=(ALL) ALL', password },
          { name: 'tty', sudoers: 'Defaults:NAME requiretty\nNAME ALL=(ALL) ALL', password },
          { name: 'lectured', sudoers: 'Defaults:NAME lecture=always\nNAME ALL=(ALL) ALL', password },
          { name: 'none', password },
          { name: 'closed', shell: '/usr/sbin/nologin' },
          ...loginShells.map((shell, index) => ({ name: `shell${index}`, shell })),
        ],
      })
    })
    afterAll(() => sshd.stop())

    const as = async (login: string, user: string, vars = {}) => {
      const connection = await connect(sshd, login, vars)
      const [result] = await connection.run([sh('id -un; echo err >&2; echo $HOME')], { timeout: 10, become: user })
      return result
    }

    test.each(loginShells.map((shell, index) => [shell, index] as const))(
      'the login shell %s',
      async (_shell, index) => {
        const connection = await connect(sshd, `shell${index}`)
        const words = ['$HOME', '!!', "it's", '\\', '\n', '*']
        const results = await connection.run(
          words.map((word) => cmd`printf %s ${word}`),
          { timeout: 10 },
        )
        expect(results.map(({ stdout }) => stdout)).toEqual(words)
      },
    )

    test('an account without a shell', async () => {
      const connection = await connect(sshd, 'closed')
      const error = await connectError(connection.run([cmd`true`], { timeout: 5 }))
      expect(`${error.message}: ${error.detail}`).toMatch(/its shell ended with exit code 1: .*$/)
    })

    test('login by password', async () => {
      const none = join(sshd.folder, 'no_such_key')
      await connect(sshd, 'paid', { ansible_ssh_private_key_file: none, ansible_password: password })
      const error = await connectError(
        connect(sshd, 'paid', { ansible_ssh_private_key_file: none, ansible_password: 'wrong' }),
      )
      expect(error.step).toBe('authenticate')
      expect(error.detail).toMatch(
        /tried: password\n.*no_such_key: there is no such file\nthe host accepts: publickey,/,
      )
    })

    test('sudo without a password', async () => {
      expect(await as('free', 'root')).toEqual({ code: 0, stdout: 'root\n/root\n', stderr: 'err\n' })
      expect((await as('free', 'paid'))?.stdout).toBe(`paid\n${sshd.folder}/home/paid\n`)
      expect((await as('free', '#47001'))?.stdout).toMatch(/^paid\n/)
    })

    test.each(['paid', 'tty', 'lectured'])('sudo with a password: %s', async (login) => {
      const result = await as(login, 'root', { ansible_become_password: new Secret(password) })
      expect(result).toEqual({ code: 0, stdout: 'root\n/root\n', stderr: 'err\n' })
    })

    test.each(['paid', 'tty'])('sudo with a wrong password: %s', async (login) => {
      const error = await connectError(as(login, 'root', { ansible_become_password: 'not it' }))
      expect(error).toMatchObject({ step: 'become', message: 'real: sudo refused the password to become root' })
    })

    test('sudo for one who may not', async () => {
      const error = await connectError(as('none', 'root', { ansible_become_password: password }))
      expect(error.message).toBe('real: cannot become root: it is not allowed there')
      expect((await connectError(as('free', 'nobody-here'))).message).toBe(
        'real: cannot become nobody-here: there is no such user',
      )
    })

    test('su with a password, right and wrong', async () => {
      const su = { ansible_become_method: 'su' }
      const result = await as('none', 'root', { ...su, ansible_become_password: 'root of all' })
      expect(result).toEqual({ code: 0, stdout: 'root\n/root\n', stderr: 'err\n' })
      expect((await connectError(as('none', 'root', { ...su, ansible_become_password: 'no' }))).message).toBe(
        'real: su refused the password to become root',
      )
      expect((await connectError(as('none', 'nobody-here', su))).message).toMatch(/cannot become nobody-here/)
    })

    const doas = existsSync('/usr/bin/doas')
    test(`doas${doas ? '' : ': not tried, since it is not installed'}`, async () => {
      if (!doas) return
      const method = { ansible_become_method: 'doas' }
      expect((await as('free', 'root', method))?.stdout).toMatch(/^root\n/)
      expect((await connectError(as('paid', 'root', method))).message).toBe(
        'real: cannot become root: doas there wants a password, which needs a terminal',
      )
    })

    test('what runs as another user is ended with all that it started', async () => {
      const connection = await connect(sshd, 'free')
      const sleep = uniqueSleep()
      const script = `sleep ${sleep} & sleep ${sleep}`
      const [result] = await connection.run([sh(script)], { timeout: 0.3, become: 'root' })
      expect(result?.timedOut).toBe(0.3)
      await until(() => !isRunning(sleep))
      const answer = connectError(connection.run([sh(script)], { timeout: 60, become: 'paid' }))
      await until(() => isRunning(sleep))
      await connection.close()
      expect((await answer).message).toMatch(/was closed/)
      await until(() => !isRunning(sleep))
    })

    test('no secret is in any list of processes, nor left in a file', async () => {
      const secret = `key-${uniqueSleep()}`
      const seen: string[] = []
      const sample = setInterval(() => seen.push(...commandLines()), 30)
      const connection = await connect(sshd, 'paid', { ansible_become_password: password })
      const commands = [{ ...sh('cat >/dev/null; sleep 0.2'), stdin: new Secret(secret) }]
      await connection.run(commands, { timeout: 10, become: 'root' })
      await connection.run(commands, { timeout: 10 })
      clearInterval(sample)
      expect(seen.some((line) => line.includes('sleep 0.2'))).toBe(true)
      expect(seen.filter((line) => line.includes(secret) || line.includes(password))).toEqual([])
      const recent = `-newer ${sshd.knownHostsFile} -type f -exec grep -ls -e ${secret} {} + || true`
      const search = `find /tmp /var/tmp -maxdepth 1 ${recent}; find ${sshd.folder} ${recent}`
      const found = execFileSync('sh', ['-c', search])
      expect(String(found)).toBe('')
    })
  })

interface Relay {
  readonly port: number
  cut(): void
  close(): void
}

/** Stands between, so that a connection can be cut. */
async function startRelay(target: number): Promise<Relay> {
  const sockets: Socket[] = []
  const server = createServer((near) => {
    const far = dial(target, '127.0.0.1')
    sockets.push(near, far)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    close: () => server.close(),
  }
}
