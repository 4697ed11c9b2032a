import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect as dial, type Server as NetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2'
import type { Host } from '../../../src/core/host.ts'
import { newKey } from './keys.ts'

export interface ServerOptions {
  /** The login shell. Default `sh`. */
  readonly shell?: string
  /** Set on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Decides who is let in. Default: whoever has the client's key. */
  readonly authenticate?: (context: AuthContext) => void
  /** Instead of running the command line. */
  readonly exec?: (line: string, channel: ServerChannel) => void
  /** Hangs up on so many connections before a word is said. */
  readonly drops?: number
  /** Refuses channels beyond so many. */
  readonly maxSessions?: number
}

/** An sshd inside this process, which runs command lines as children of it and counts what it is asked for. */
export interface TestServer {
  readonly port: number
  readonly folder: string
  readonly hostKey: { readonly private: string; readonly public: string }
  readonly clientKeyFile: string
  readonly knownHostsFile: string
  readonly counts: { connections: number; forwards: number; channels: number; writes: number; requests: number }
  /** A host of an inventory that leads here. */
  host(vars?: Readonly<Record<string, unknown>>, name?: string): Host
  /** Cuts every connection, as a network does. */
  cut(): void
  /** Answers nothing any more, and keeps the connections. */
  freeze(): void
  close(): Promise<void>
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'transport-test-'))
  const hostKey = newKey()
  const clientKey = newKey()
  const clientKeyFile = join(folder, 'id')
  await writeFile(clientKeyFile, clientKey.private, { mode: 0o600 })
  const counts = { connections: 0, forwards: 0, channels: 0, writes: 0, requests: 0 }
  const sockets = new Set<Socket>()

  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    counts.connections++
    connection.on('error', () => undefined)
    connection.on('authentication', options.authenticate ?? ((context) => byKey(context, clientKey.public)))
    connection.on('ready', () => onReady(connection, options, counts))
  })
  let drops = options.drops ?? 0
  const net = (server as unknown as { _srv: NetServer })._srv
  net.prependListener('connection', (socket) => {
    if (drops-- > 0) socket.destroy()
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const knownHostsFile = join(folder, 'known_hosts')
  await writeFile(knownHostsFile, `[127.0.0.1]:${port} ${hostKey.public}\n`)

  return {
    port,
    folder,
    hostKey,
    clientKeyFile,
    knownHostsFile,
    counts,
    host: (vars = {}, name = 'target') => ({
      name,
      groups: [],
      vars: {
        ansible_host: '127.0.0.1',
        ansible_port: port,
        ansible_user: 'someone',
        ansible_ssh_private_key_file: clientKeyFile,
        ansible_ssh_known_hosts_file: knownHostsFile,
        ansible_ssh_args: '-F none',
        ...vars,
      },
    }),
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    freeze() {
      for (const socket of sockets) {
        socket.removeAllListeners('data')
        socket.write = () => true
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(folder, { recursive: true })
    },
  }
}

function byKey(context: AuthContext, publicKey: string): void {
  const key = ssh2.utils.parseKey(publicKey)
  if (key instanceof Error) throw key
  if (context.method !== 'publickey' || !context.key.data.equals(key.getPublicSSH())) {
    context.reject(['publickey'])
    return
  }
  if (!context.signature || !context.blob || key.verify(context.blob, context.signature, context.hashAlgo))
    context.accept()
  else context.reject(['publickey'])
}

function onReady(connection: Connection, options: ServerOptions, counts: TestServer['counts']): void {
  let open = 0
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    counts.forwards++
    const far = dial(destPort, destIP)
    far.once('error', () => reject())
    far.once('connect', () => {
      const channel = accept()
      far.removeAllListeners('error')
      for (const stream of [far, channel]) stream.on('error', () => undefined)
      channel.pipe(far).pipe(channel)
    })
  })
  connection.on('session', (accept, reject) => {
    if (++open > (options.maxSessions ?? 10)) {
      reject()
      return
    }
    accept().on('exec', (acceptExec, _reject, { command }) => {
      counts.channels++
      const channel = acceptExec()
      channel.on('error', () => undefined)
      channel.on('data', (data: Buffer) => {
        counts.writes++
        if (/^run [0-9a-f]{32} \d+\n/.test(data.toString('latin1', 0, 80))) counts.requests++
      })
      if (options.exec) options.exec(command, channel)
      else runHere(command, channel, options)
    })
  })
}

/** As sshd does: the login shell runs the line; when the client goes, its input ends. */
export function runHere(line: string, channel: ServerChannel, { shell = 'sh', env = {} }: ServerOptions = {}): void {
  const child = spawn(shell, ['-c', line], { env: { ...process.env, ...env }, detached: true })
  child.stdin.on('error', () => undefined)
  channel.stderr.on('error', () => undefined)
  channel.on('data', (data: Buffer) => child.stdin.write(data))
  channel.on('end', () => child.stdin.end())
  channel.on('close', () => child.stdin.end())
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  child.on('exit', (code, signal) => {
    if (signal) channel.exit(signal.replace('SIG', ''))
    else channel.exit(code ?? 1)
    // As sshd, which does not wait for those that still hold the output; what they print then goes nowhere.
    setTimeout(() => {
      child.stdout.unpipe(channel).resume()
      child.stderr.unpipe(channel.stderr).resume()
      channel.end()
    }, 50)
  })
}
