import { userInfo } from 'node:os'
import type { Command } from '../core/command.ts'
import { fetchedSecret } from '../core/fetched-secret.ts'
import type { Host } from '../core/host.ts'
import type { Secret } from '../core/secret.ts'
import type { Connection, Held, RunOptions } from '../core/transport.ts'
import { type Become, startCommand } from './become.ts'
import { defaultKeep } from './capture.ts'
import type { Jumps } from './jumps.ts'
import type { Keyring } from './keys.ts'
import type { Pacer } from './pace.ts'
import type { Pipes, Place } from './pipes.ts'
import { awaitReady, NeedsTerminal, WrongPassword } from './ready.ts'
import { resolveTarget } from './resolve-target.ts'
import { createSession, type Session } from './session.ts'
import type { openSsh } from './ssh.ts'
import { connectionVariables } from './variables.ts'

export interface TransportOptions {
  /** Asks the person at the terminal; undefined when there is none. For passphrases of keys. */
  readonly askSecret?: ((question: string) => Promise<Secret | undefined>) | undefined
  /** For a host that takes a password to log in and has none among its variables. */
  readonly password?: ((host: Host) => Promise<Secret | undefined>) | undefined
  /** For a host whose sudo asks for one and that has none among its variables. */
  readonly becomePassword?: ((host: Host) => Promise<Secret | undefined>) | undefined
  /** Path of the ssh agent's socket. Default: `SSH_AUTH_SOCK`; `none` for no agent. */
  readonly agentSocket?: string | undefined
  /** Instead of `~/.ssh/config` and `/etc/ssh/ssh_config`; `none` for no file. */
  readonly sshConfig?: string | undefined
  /** Seconds of silence until a host is asked whether it is there, and how often that may stay unanswered. 15, 3. */
  readonly keepaliveInterval?: number | undefined
  readonly keepaliveCount?: number | undefined
  /** Bytes kept of each stream of each command. Default 16 MiB. */
  readonly keep?: number | undefined
  /** Seconds until a batch that was sent must have begun, and until a stop must have been answered. 60, 10. */
  readonly startTimeout?: number | undefined
  readonly stopTimeout?: number | undefined
}

/** What a connection has cost so far. */
export interface ConnectionStats {
  /** Batches sent: each one write, and one round trip. */
  readonly requests: number
  /** Channels opened: one for each user we worked as. */
  readonly channels: number
}

export interface HostConnection extends Connection {
  readonly stats: ConnectionStats
}

/** Seconds; as long as a timer can be set, 23 days. */
const forever = 2_000_000

/** Seconds until a shell must stand; sudo may ask directory services that are slow. */
const shellTime = 30

export interface ConnectOptions extends TransportOptions {
  readonly jumps: Jumps
  readonly pacer: Pacer
  tools(): Promise<SshTools>
}

/** What is loaded when the first host is reached by ssh, once for all hosts. */
export interface SshTools {
  readonly openSsh: typeof openSsh
  readonly keyring: Keyring
}

interface Way {
  readonly place: Place
  /** Who has logged in. */
  readonly user: string
  exec(line: string): Promise<Pipes>
  close(): Promise<void>
}

/** Connects to a host, and opens a channel for each user when it is first worked as. */
export async function connectTo(host: Host, options: ConnectOptions, signal?: AbortSignal): Promise<HostConnection> {
  const { connection, becomeMethod, becomePassword } = connectionVariables(host)
  const way = connection === 'local' ? localWay(host) : await sshWay(host, options, signal)
  const { keep = defaultKeep, startTimeout = 60, stopTimeout = 10 } = options
  const limits = { place: way.place, keep, startTimeout, stopTimeout }
  const sessions = new Map<string, Promise<Session>>()
  const holders = new Set<Promise<Session>>()
  const starting = new Set<Pipes>()
  const stats = { requests: 0, channels: 0 }
  let refused: WrongPassword | undefined
  let becoming: Promise<unknown> = Promise.resolve()

  async function start(become: Become | undefined, terminal = false): Promise<Session> {
    const command = startCommand(become, terminal)
    stats.channels++
    const pipes = await way.exec(command.line)
    starting.add(pipes)
    await awaitReady(pipes, { start: command, become, place: way.place, timeout: shellTime })
    starting.delete(pipes)
    return createSession(pipes, { ...limits, onRequest: () => stats.requests++ })
  }

  async function startAs(user: string): Promise<Session> {
    // A password that was refused for one user is wrong for every other: giving it again could lock the account.
    if (refused) throw refused
    const password = async () => fetchedSecret(becomePassword ?? (await options.becomePassword?.(host)))
    const become = { user, method: becomeMethod, password }
    try {
      return await start(become).catch((error) => {
        if (error instanceof NeedsTerminal) return start(become, true)
        throw error
      })
    } catch (error) {
      if (error instanceof WrongPassword) refused = error
      throw error
    }
  }

  function open(user: string | undefined): Promise<Session> {
    if (user === undefined || user === way.user) return start(undefined)
    const session = becoming.then(() => startAs(user))
    becoming = session.catch(() => undefined)
    return session
  }

  return {
    stats,
    async run(commands, runOptions) {
      const user = runOptions.become === way.user ? undefined : runOptions.become
      const key = `${runOptions.lane ?? 0} ${user ?? ''}`
      const session = sessions.get(key) ?? open(user)
      sessions.set(key, session)
      const opened = await unlessAborted(session, runOptions.signal)
      return opened ? opened.run(commands, runOptions) : []
    },
    async hold(command, { become, signal }) {
      const session = open(become)
      holders.add(session)
      return holdIn(await session, command, signal)
    },
    async close() {
      for (const pipes of starting) pipes.destroy()
      const opened = await Promise.allSettled([...sessions.values(), ...holders])
      await Promise.all(opened.map((session) => (session.status === 'fulfilled' ? session.value.close() : undefined)))
      await way.close()
    },
  }
}

/** Runs a command for as long as the session stands. */
function holdIn(session: Session, command: Command, signal: AbortSignal | undefined): Promise<Held> {
  return new Promise((resolve, reject) => {
    let output = ''
    const onOutput: RunOptions['onOutput'] = (_, stream, text) => {
      if (stream === 'stdout') output += text
      const [line, ...rest] = output.split('\n')
      if (line !== undefined && rest.length > 0) resolve({ line })
    }
    session.run([{ ...command, timeout: forever }], { timeout: forever, signal, onOutput }).then(([result]) => {
      resolve({ ended: result ?? { code: undefined, stdout: '', stderr: '' } })
    }, reject)
  })
}

/** Does not wait any longer once the signal comes; the answer is then undefined. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function localWay({ name }: Host): Way {
  return {
    place: { host: name, address: 'local' },
    user: userInfo().username,
    exec: async (line) => (await import('./local.ts')).spawnLocal(name, line),
    close: async () => undefined,
  }
}

async function sshWay(host: Host, options: ConnectOptions, signal?: AbortSignal): Promise<Way> {
  const [target, tools] = await Promise.all([resolveTarget(host, targetOptions(options)), options.tools()])
  const askPassword = async () => options.password?.(host)
  const ssh = await tools.openSsh(target, { ...options, keyring: tools.keyring, askPassword }, signal)
  return { place: { host: target.name, address: `${target.address}:${target.port}` }, user: target.user, ...ssh }
}

function targetOptions({ sshConfig, agentSocket = process.env.SSH_AUTH_SOCK }: TransportOptions) {
  return { sshConfig, agentSocket: agentSocket === 'none' || agentSocket === '' ? undefined : agentSocket }
}
