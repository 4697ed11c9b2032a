import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { AuthContext } from 'ssh2'
import { cmd, sh } from '../../src/core/command.ts'
import { Secret } from '../../src/core/secret.ts'
import { createTransport, type HostConnection, type TransportOptions } from '../../src/transport/index.ts'
import { connectError } from './helpers/errors.ts'
import { newKey } from './helpers/keys.ts'
import { isRunning, uniqueSleep, until } from './helpers/processes.ts'
import { runHere, type ServerOptions, startServer, type TestServer } from './helpers/server.ts'

jest.setTimeout(20_000)

describe('ssh', () => {
  const servers: TestServer[] = []
  const connections: HostConnection[] = []

  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()))
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })

  async function serve(options?: ServerOptions): Promise<TestServer> {
    const server = await startServer(options)
    servers.push(server)
    return server
  }

  async function connect(server: TestServer, vars = {}, options: TransportOptions = {}): Promise<HostConnection> {
    const connection = await createTransport({ agentSocket: 'none', ...options }).connect(server.host(vars))
    connections.push(connection)
    return connection
  }

  const run = (connection: HostConnection, script: string) => connection.run([sh(script)], { timeout: 10 })

  describe('requests', () => {
    test('thirty batches are thirty writes on one channel of one connection', async () => {
      const server = await serve()
      const connection = await connect(server)
      for (let round = 0; round < 30; round++)
        expect(await connection.run([cmd`echo ${round}`, cmd`true`], { timeout: 5 })).toMatchObject([
          { stdout: `${round}\n` },
          { code: 0 },
        ])
      expect(server.counts).toEqual({ connections: 1, forwards: 0, channels: 1, writes: 30, requests: 30 })
      expect(connection.stats).toEqual({ channels: 1, requests: 30 })
    })

    test('batches that are asked for at once run one after the other', async () => {
      const connection = await connect(await serve())
      const answers = await Promise.all([run(connection, 'sleep 0.2; echo first'), run(connection, 'echo second')])
      expect(answers.map(([result]) => result?.stdout)).toEqual(['first\n', 'second\n'])
    })

    test('nothing to run asks for nothing', async () => {
      const server = await serve()
      const connection = await connect(server)
      expect(await connection.run([], { timeout: 5 })).toEqual([])
      expect(server.counts.requests).toBe(0)
    })

    test('output is passed on while it arrives, but not that of sensitive commands', async () => {
      const connection = await connect(await serve())
      const heard: [number, string, string][] = []
      const commands = [
        sh('printf "a\\303"; sleep 0.3; printf "\\244b"; echo c >&2'),
        { ...cmd`echo secret`, sensitive: true },
        cmd`echo d`,
      ]
      let early = 0
      await connection.run(commands, {
        timeout: 5,
        onOutput: (index, stream, text) => {
          early ||= Date.now()
          heard.push([index, stream, text])
        },
      })
      expect(Date.now() - early).toBeGreaterThan(250)
      const whole = (index: number, stream: string) =>
        heard.flatMap(([at, of, text]) => (at === index && of === stream ? text : [])).join('')
      expect(heard[0]).toEqual([0, 'stdout', 'a'])
      expect([whole(0, 'stdout'), whole(0, 'stderr'), whole(1, 'stdout'), whole(2, 'stdout')]).toEqual([
        'aäb',
        'c\n',
        '',
        'd\n',
      ])
    })

    test('a signal ends what runs, with all that it started; nothing after it is started', async () => {
      const connection = await connect(await serve())
      const controller = new AbortController()
      const sleep = uniqueSleep()
      const commands = [cmd`echo one`, sh(`echo two; sleep ${sleep} & sleep ${sleep}`), cmd`echo three`]
      const answer = connection.run(commands, { timeout: 60, signal: controller.signal })
      await until(() => isRunning(sleep))
      controller.abort()
      expect(await answer).toEqual([
        { code: 0, stdout: 'one\n', stderr: '' },
        { code: undefined, stdout: 'two\n', stderr: '' },
      ])
      await until(() => !isRunning(sleep))
      expect(await connection.run([cmd`true`], { timeout: 5, signal: controller.signal })).toEqual([])
      expect((await run(connection, 'echo still there'))[0]?.stdout).toBe('still there\n')
    })
  })

  describe('a host that fails', () => {
    test('a cut connection fails what runs and all that is asked for later, and leaves nothing running', async () => {
      const server = await serve()
      const connection = await connect(server)
      const sleep = uniqueSleep()
      const answer = connectError(run(connection, `sleep ${sleep}`))
      await until(() => isRunning(sleep))
      server.cut()
      expect(await answer).toMatchObject({
        host: 'target',
        address: `127.0.0.1:${server.port}`,
        step: 'session',
        message: expect.stringMatching(/^the connection to target was lost: /),
      })
      expect((await connectError(run(connection, 'true'))).message).toMatch(/was lost/)
      await until(() => !isRunning(sleep))
    })

    test('a host that falls silent is noticed', async () => {
      const server = await serve()
      const connection = await connect(server, {}, { keepaliveInterval: 0.1, keepaliveCount: 2 })
      await run(connection, 'true')
      const answer = connectError(run(connection, 'sleep 2'))
      server.freeze()
      expect((await answer).message).toBe('the connection to target was lost: it has not answered for 0.2 s')
    })

    test('a command that cannot be stopped makes the host lost', async () => {
      const exec: ServerOptions['exec'] = (line, channel) => {
        // A host that is too far gone to act on what it is sent: the supervisor never hears of the stop.
        runHere(line.replace('stop) stop; m $nonce stopped;;', 'stop) ;;'), channel)
      }
      const connection = await connect(await serve({ exec }), {}, { stopTimeout: 0.3 })
      const error = await connectError(connection.run([cmd`sleep 3`], { timeout: 0.2 }))
      expect(error.message).toMatch(/does not answer: a command should have been stopped/)
    })

    test('a batch that does not begin makes the host lost', async () => {
      const exec: ServerOptions['exec'] = (line, channel) => runHere(line.replace('setsid sh -c', 'true'), channel)
      const connection = await connect(await serve({ exec }), {}, { startTimeout: 0.3 })
      expect((await connectError(run(connection, 'true'))).message).toBe('target did not start a command in time')
    })

    test('a login that prints and a shell that is slow are no harm', async () => {
      const noise = (line: string) => `echo Welcome; echo "last login" >&2; sleep 0.2; printf "%0900000d"; ${line}`
      const connection = await connect(await serve({ exec: (line, channel) => runHere(noise(line), channel) }))
      expect(await run(connection, 'echo ok')).toEqual([{ code: 0, stdout: 'ok\n', stderr: '' }])
    })

    test('a login that is closed says what it said', async () => {
      const exec: ServerOptions['exec'] = (_line, channel) =>
        runHere('echo "This account is currently not available." >&2; exit 1', channel)
      const error = await connectError(run(await connect(await serve({ exec })), 'true'))
      expect(error).toMatchObject({ step: 'session', detail: 'This account is currently not available.' })
      expect(error.message).toBe('target did not start a shell: its shell ended with exit code 1')
    })

    test('a host without the tools that are needed says which', async () => {
      const exec: ServerOptions['exec'] = (line, channel) =>
        runHere(line.replace('setsid head', 'nosetsid head'), channel)
      const error = await connectError(run(await connect(await serve({ exec })), 'true'))
      expect(error).toMatchObject({ message: 'target cannot be worked on: it has no nosetsid', step: 'session' })
    })

    test('a host that opens no more channels says so', async () => {
      const connection = await connect(await serve({ maxSessions: 0 }))
      expect(await connectError(run(connection, 'true'))).toMatchObject({
        step: 'session',
        hint: 'raise MaxSessions in its sshd_config',
      })
    })
  })

  describe('reaching it', () => {
    test('nobody listens', async () => {
      const server = await serve()
      const error = await connectError(connect(server, { ansible_port: 1 }))
      expect(error).toMatchObject({ step: 'connect', message: 'target: 127.0.0.1 refuses connections to port 1' })
    })

    test('a name without an address', async () => {
      const error = await connectError(connect(await serve(), { ansible_host: 'nowhere.invalid' }))
      expect(error).toMatchObject({ step: 'resolve', host: 'target' })
      expect(error.message).toMatch(/^target: the name nowhere.invalid has no address/)
      expect(error.hint).toBe('correct its ansible_host')
    })

    test('something else listens there, and says nothing, or nonsense, or hangs up', async () => {
      const seen: string[] = []
      for (const greet of [() => undefined, 'HTTP/1.1 400 Bad Request\r\n\r\n', null]) {
        const listener = createServer((socket) => {
          socket.on('error', () => undefined)
          if (greet === null) socket.end()
          else if (typeof greet === 'string') socket.end(greet)
        })
        await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
        const { port } = listener.address() as { port: number }
        const error = await connectError(connect(await serve(), { ansible_port: port, ansible_timeout: 1 }))
        seen.push(`${error.step}: ${error.message.replaceAll(String(port), 'PORT')}`)
        listener.close()
      }
      expect(seen).toEqual([
        'connect: target: 127.0.0.1 port PORT took the connection and then said nothing useful for 1 s',
        expect.stringMatching(/^connect: target: /),
        'connect: target: 127.0.0.1 port PORT closed the connection before the login',
      ])
    })

    test('a signal ends the attempt', async () => {
      const listener = createServer(() => undefined)
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
      const { port } = listener.address() as { port: number }
      const host = (await serve()).host({ ansible_port: port })
      const controller = new AbortController()
      const answer = connectError(createTransport().connect(host, controller.signal))
      setTimeout(() => controller.abort(), 100)
      expect((await answer).message).toBe('target: the connection was given up')
      expect((await connectError(createTransport().connect(host, controller.signal))).step).toBe('connect')
      listener.close()
    })
  })

  describe('host keys', () => {
    let server: TestServer
    beforeEach(async () => {
      server = await serve()
    })

    const known = () => readFileSync(server.knownHostsFile, 'utf8')

    test('an unknown one is refused, with its fingerprint and the command to accept it', async () => {
      writeFileSync(server.knownHostsFile, '')
      const error = await connectError(connect(server))
      expect(error).toMatchObject({ step: 'host key', host: 'target' })
      expect(error.message).toBe(`target: the host key of 127.0.0.1 port ${server.port} is not known`)
      expect(error.detail).toMatch(/^it shows ssh-ed25519 SHA256:[\w+/]{43}$/m)
      expect(error.hint).toContain(`ssh-keyscan -t ed25519 -p ${server.port} 127.0.0.1 >> ${server.knownHostsFile}`)
      expect(known()).toBe('')
    })

    test('accept-new puts it on file, once', async () => {
      const file = join(server.folder, 'new', 'known_hosts')
      const vars = { ansible_ssh_known_hosts_file: file, ansible_host_key_checking: 'accept-new' }
      await connect(server, vars)
      await connect(server, vars)
      expect(readFileSync(file, 'utf8')).toBe(`[127.0.0.1]:${server.port} ${server.hostKey.public.trim()}\n`)
    })

    test('accept-new hides the name where the configuration wants it so', async () => {
      const file = join(server.folder, 'hashed')
      const vars = {
        ansible_ssh_known_hosts_file: file,
        ansible_ssh_args: '-F none -o HashKnownHosts=yes -o StrictHostKeyChecking=accept-new',
      }
      await connect(server, vars)
      expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|\S+ ssh-ed25519 \S+\n$/)
      await connect(server, { ...vars, ansible_host_key_checking: true })
    })

    test.each(['accept-new', 'strict', false])('a changed one is always refused: %s', async (checking) => {
      writeFileSync(server.knownHostsFile, `# old\n[127.0.0.1]:${server.port} ${newKey().public}\n`)
      const before = known()
      const error = await connectError(connect(server, { ansible_host_key_checking: checking }))
      expect(error.message).toMatch(/THE HOST KEY .* HAS CHANGED/)
      expect(error.detail).toContain(`${server.knownHostsFile}:2 has ssh-ed25519 SHA256:`)
      expect(known()).toBe(before)
    })

    test('a revoked one is always refused', async () => {
      writeFileSync(server.knownHostsFile, `${known()}@revoked * ${server.hostKey.public}\n`)
      const error = await connectError(connect(server, { ansible_host_key_checking: 'accept-new' }))
      expect(error.message).toMatch(/is marked as revoked/)
      expect(error.detail).toContain(`${server.knownHostsFile}:2 `)
    })

    test('several files count together', async () => {
      const empty = join(server.folder, 'empty')
      const connection = await connect(server, { ansible_ssh_known_hosts_file: [empty, server.knownHostsFile] })
      expect((await run(connection, 'echo ok'))[0]?.stdout).toBe('ok\n')
    })
  })

  describe('logging in', () => {
    const password = 'open sesame'

    const byPassword = (context: AuthContext) =>
      context.method === 'password' && context.password === password ? context.accept() : context.reject(['password'])

    test('no key fits: says what was tried and what the host takes', async () => {
      const server = await serve()
      const other = join(server.folder, 'other')
      writeFileSync(other, newKey().private, { mode: 0o600 })
      const error = await connectError(connect(server, { ansible_ssh_private_key_file: other }))
      expect(error).toMatchObject({ step: 'authenticate', message: 'target: 127.0.0.1 does not let someone in' })
      expect(error.detail).toBe(`tried: ${other}\nthe host accepts: publickey`)
    })

    test('a key file that is missing, open to others or no key is named', async () => {
      const server = await serve()
      const [missing, open, garbage] = ['missing', 'open', 'garbage'].map((name) => join(server.folder, name)) as [
        string,
        string,
        string,
      ]
      writeFileSync(open, readFileSync(server.clientKeyFile), { mode: 0o644 })
      writeFileSync(garbage, 'no key', { mode: 0o600 })
      const error = await connectError(connect(server, { ansible_ssh_private_key_file: [missing, open, garbage] }))
      expect(error.detail).toContain(`${missing}: there is no such file`)
      expect(error.detail).toContain(`${open}: not used, since others can read it (chmod 600 ${open})`)
      expect(error.detail).toContain(`${garbage}: `)
      expect(error.hint).toMatch(
        /^name a key .*, load one into an agent \(ssh-add\), or have a password asked for \(-k\)$/,
      )
    })

    test('by password, from the variables or asked for', async () => {
      const server = await serve({ authenticate: byPassword })
      await connect(server, { ansible_password: new Secret(password) })
      const questions: string[] = []
      await connect(
        server,
        {},
        {
          password: async (host) => {
            questions.push(host.name)
            return new Secret(password)
          },
        },
      )
      expect(questions).toEqual(['target'])
    })

    test('by keyboard-interactive where that is all the host takes', async () => {
      const authenticate = (context: AuthContext) => {
        if (context.method !== 'keyboard-interactive') context.reject(['keyboard-interactive'])
        else
          context.prompt([{ prompt: 'Password: ', echo: false }], (answers) =>
            answers[0] === password ? context.accept() : context.reject(['keyboard-interactive']),
          )
      }
      const server = await serve({ authenticate })
      await connect(server, { ansible_password: password })
      const error = await connectError(connect(server, { ansible_password: 'wrong' }))
      expect(error.detail).toMatch(/tried: .*, password\n/)
    })

    test('a wrong password is tried once, and is not in the error', async () => {
      let tries = 0
      const authenticate = (context: AuthContext) => {
        if (context.method === 'password') tries++
        context.reject(['password', 'keyboard-interactive'])
      }
      const server = await serve({ authenticate })
      const error = await connectError(connect(server, { ansible_password: 'not this one' }))
      expect(tries).toBe(1)
      expect(error.hint).toMatch(/check the password/)
      expect(JSON.stringify([error.message, error.detail, error.hint, error.stack])).not.toContain('not this one')
    })

    test('an encrypted key is asked for once, whatever the number of hosts, and only when the host takes it', async () => {
      const pair = newKey({ passphrase: 'of course' })
      const questions: string[] = []
      const authenticate = (context: AuthContext) => {
        if (context.method === 'publickey' && context.key.data.toString('base64') === pair.public.split(' ')[1])
          context.accept()
        else context.reject(['publickey'])
      }
      const takes = await serve({ authenticate })
      const refuses = await serve()
      const file = join(takes.folder, 'encrypted')
      writeFileSync(file, pair.private, { mode: 0o600 })
      const transport = createTransport({
        agentSocket: 'none',
        askSecret: async (question) => {
          questions.push(question)
          return new Secret('of course')
        },
      })
      const vars = { ansible_ssh_private_key_file: file }
      await connectError(transport.connect(refuses.host(vars)))
      expect(questions).toEqual([])
      connections.push(
        ...(await Promise.all([transport.connect(takes.host(vars)), transport.connect(takes.host(vars))])),
      )
      expect(questions).toEqual([`Passphrase for ${file}`])
    })
  })

  test('after the close nothing keeps the process alive', async () => {
    const server = await serve()
    const before = process.getActiveResourcesInfo().length
    const transport = createTransport({ agentSocket: 'none' })
    for (let round = 0; round < 3; round++) {
      const connection = await transport.connect(server.host())
      await connection.run([cmd`true`], { timeout: 60 })
      await connection.close()
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
  })
})
