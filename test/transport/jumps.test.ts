import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { cmd, sh } from '../../src/core/command.ts'
import { createTransport, type HostConnection, type HostTransport } from '../../src/transport/index.ts'
import { createPacer } from '../../src/transport/pace.ts'
import { connectError } from './helpers/errors.ts'
import { commandLines, isRunning, uniqueSleep, until } from './helpers/processes.ts'
import { type ServerOptions, startServer, type TestServer } from './helpers/server.ts'

jest.setTimeout(30_000)

describe('hosts on the way', () => {
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

  /** A configuration in which `one`, `two`, … are servers, each with a key and known hosts of its own. */
  function configure(named: Readonly<Record<string, TestServer>>, more: string): string {
    const blocks = Object.entries(named).map(([name, { port, clientKeyFile, knownHostsFile }]) =>
      [
        `Host ${name}`,
        '  HostName 127.0.0.1',
        `  Port ${port}`,
        `  User ${name}-user`,
        `  IdentityFile ${clientKeyFile}`,
        `  UserKnownHostsFile ${knownHostsFile}`,
      ].join('\n'),
    )
    const file = join(Object.values(named).at(-1)?.folder ?? '', 'config')
    writeFileSync(file, [more, ...blocks, 'Host *', '  IdentitiesOnly yes', ''].join('\n'), { mode: 0o600 })
    return file
  }

  async function connect(transport: HostTransport, name: string, vars = {}): Promise<HostConnection> {
    const connection = await transport.connect({ name, groups: [], vars })
    connections.push(connection)
    return connection
  }

  const through = (sshConfig: string) => createTransport({ sshConfig, agentSocket: 'none' })
  const echo = async (connection: HostConnection) => (await connection.run([cmd`echo ok`], { timeout: 10 }))[0]?.stdout

  test('one, with a user and a key of its own', async () => {
    const [gate, db] = [await serve(), await serve()]
    const transport = through(configure({ gate, db }, 'Host db\n  ProxyJump gate\n'))
    expect(await echo(await connect(transport, 'db'))).toBe('ok\n')
    expect([gate.counts, db.counts]).toMatchObject([
      { connections: 1, forwards: 1, channels: 0 },
      { connections: 1, channels: 1, requests: 1 },
    ])
  })

  test('two deep, in the order that is written', async () => {
    const [one, two, db] = [await serve(), await serve(), await serve()]
    const transport = through(configure({ one, two, db }, 'Host db\n  ProxyJump one,two\n'))
    expect(await echo(await connect(transport, 'db'))).toBe('ok\n')
    expect([one, two, db].map(({ counts }) => counts.forwards)).toEqual([1, 1, 0])
  })

  test('two deep, each by its own configuration', async () => {
    const [one, two, db] = [await serve(), await serve(), await serve()]
    const jumps = 'Host db\n  ProxyJump two\nHost two\n  ProxyJump one\n'
    expect(await echo(await connect(through(configure({ one, two, db }, jumps)), 'db'))).toBe('ok\n')
    expect([one, two, db].map(({ counts }) => counts.forwards)).toEqual([1, 1, 0])
  })

  test('is one connection for all hosts behind it, and is closed with the last of them', async () => {
    const [gate, db, web] = [await serve(), await serve(), await serve()]
    const transport = through(configure({ gate, db, web }, 'Host db web\n  ProxyJump gate\n'))
    const [first, second] = await Promise.all([connect(transport, 'db'), connect(transport, 'web')])
    expect(gate.counts).toMatchObject({ connections: 1, forwards: 2 })
    await first.close()
    expect(await echo(second)).toBe('ok\n')
    await second.close()
    await connect(transport, 'db')
    expect(gate.counts).toMatchObject({ connections: 2, forwards: 3 })
  })

  test('one that was lost is opened anew for those who come later', async () => {
    const [gate, db] = [await serve(), await serve()]
    const transport = through(configure({ gate, db }, 'Host db\n  ProxyJump gate\n'))
    const first = await connect(transport, 'db')
    gate.cut()
    expect((await connectError(first.run([cmd`true`], { timeout: 5 }))).step).toBe('session')
    expect(await echo(await connect(transport, 'db'))).toBe('ok\n')
  })

  test('by options for ssh in a variable', async () => {
    const [gate, db] = [await serve(), await serve()]
    const transport = through(configure({ gate, db }, ''))
    await connect(transport, 'db', { ansible_ssh_common_args: '-o ProxyJump=gate' })
    expect(gate.counts.forwards).toBe(1)
  })

  test('what goes wrong there is said of the host, with the place', async () => {
    const [gate, db] = [await serve(), await serve()]
    writeFileSync(gate.knownHostsFile, '')
    const config = configure({ gate, db }, 'Host db web\n  ProxyJump gate\n')
    const unknown = await connectError(through(config).connect({ name: 'db', groups: [], vars: {} }))
    expect(unknown).toMatchObject({ host: 'db', step: 'host key' })
    expect(unknown.message).toMatch(
      /^db: on the way there: jump host gate: the host key of 127.0.0.1 port \d+ is not known$/,
    )
    await gate.close()
    servers.splice(servers.indexOf(gate), 1)
    const refused = await connectError(through(config).connect({ name: 'db', groups: [], vars: {} }))
    expect(refused.message).toMatch(/^db: on the way there: jump host gate: 127.0.0.1 refuses connections/)
  })

  test('a host that cannot be reached from there', async () => {
    const gate = await serve()
    const config = configure({ gate }, 'Host db\n  ProxyJump gate\n  HostName 127.0.0.1\n  Port 1\n')
    const error = await connectError(through(config).connect({ name: 'db', groups: [], vars: {} }))
    expect(error).toMatchObject({ host: 'db', step: 'connect' })
    expect(error.message).toMatch(/^db: jump host gate cannot connect to 127.0.0.1 port 1: /)
  })

  test('a circle', async () => {
    const [gate, db] = [await serve(), await serve()]
    const config = configure({ gate, db }, 'Host *\n  ProxyJump gate\n')
    const error = await connectError(through(config).connect({ name: 'db', groups: [], vars: {} }))
    expect(error.message).toMatch(/the jump hosts lead in a circle \(.*gate-user@127/)
    expect(error.hint).toBe('leave gate out of the Host pattern that has the ProxyJump')
  })

  test('a command on the way, which ends with the connection', async () => {
    const db = await serve()
    const mark = uniqueSleep()
    const relay = `node -e "const s=require('net').connect(%p,'127.0.0.1');process.stdin.pipe(s).pipe(process.stdout)" ${mark}`
    const transport = through(configure({ db }, `Host db\n  ProxyCommand ${relay}\n`))
    const connection = await connect(transport, 'db')
    expect(await echo(connection)).toBe('ok\n')
    expect(commandLines().filter((line) => line.includes(mark))).toHaveLength(1)
    await connection.close()
    await until(() => !isRunning(mark))
  })

  test('a command on the way that fails says what it said', async () => {
    const db = await serve()
    const config = configure({ db }, 'Host db\n  ProxyCommand echo "no tunnel today" >&2; exit 1\n')
    const error = await connectError(through(config).connect({ name: 'db', groups: [], vars: {} }))
    expect(error).toMatchObject({ step: 'connect', detail: 'no tunnel today' })
  })

  test('a command on the way that hangs up first and says why then is heard, too', async () => {
    const db = await serve()
    const config = configure(
      { db },
      'Host db\n  ProxyCommand sh -c "exec >&-; sleep 0.3; echo no tunnel today >&2; exit 1"\n',
    )
    const error = await connectError(through(config).connect({ name: 'db', groups: [], vars: {} }))
    expect(error).toMatchObject({ step: 'connect', detail: 'no tunnel today' })
  })
})

describe('many at once', () => {
  test('a host that drops us before the login is asked again', async () => {
    const server = await startServer({ drops: 2 })
    const connection = await createTransport({ agentSocket: 'none' }).connect(server.host())
    expect((await connection.run([sh('echo ok')], { timeout: 5 }))[0]?.stdout).toBe('ok\n')
    await connection.close()
    await server.close()
  })

  test('thirty to one address: no more than eight are logging in at a time', async () => {
    let now = 0
    let most = 0
    const server = await startServer({
      authenticate(context) {
        if (context.method !== 'publickey' || context.signature) return context.accept()
        most = Math.max(most, ++now)
        setTimeout(() => {
          now--
          context.accept()
        }, 20)
      },
    })
    const transport = createTransport({ agentSocket: 'none' })
    const opened = await Promise.all(
      Array.from({ length: 30 }, (_, index) => transport.connect(server.host({}, `h${index}`))),
    )
    expect(server.counts.connections).toBe(30)
    expect(most).toBeLessThanOrEqual(8)
    await Promise.all(opened.map((connection) => connection.close()))
    await server.close()
  })

  test('those who fail give their place to those who wait', async () => {
    const pacer = createPacer(2)
    const tasks = Array.from({ length: 10 }, (_, index) =>
      pacer.run('key', async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (index % 2 === 0) throw new Error('no')
        return index
      }),
    )
    const done = await Promise.allSettled(tasks)
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    expect(await pacer.run('key', async () => 'free')).toBe('free')
  })
})
