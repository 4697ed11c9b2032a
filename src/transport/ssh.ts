import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { ConnectError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { type Authentication, authentication } from './auth.ts'
import { checkHostKey, readKnownHosts, sortHostKeyAlgorithms } from './host-key.ts'
import type { JumpConnection, Jumps } from './jumps.ts'
import type { Keyring } from './keys.ts'
import type { KnownHost } from './known-hosts.ts'
import type { Pacer } from './pace.ts'
import { type Failure, type Pipes, processEnd } from './pipes.ts'
import { openWay, type Travel } from './route.ts'
import type { Target } from './target.ts'
import { after } from './time.ts'

export interface SshOptions {
  readonly keyring: Keyring
  readonly jumps: Jumps
  readonly pacer: Pacer
  /** Asked when the host takes a password and none is set. */
  askPassword(): Promise<Secret | undefined>
  /** Seconds of silence until the host is asked whether it is there. Default 15. */
  readonly keepaliveInterval?: number | undefined
  /** How often it may leave that unanswered before it counts as lost. Default 3. */
  readonly keepaliveCount?: number | undefined
}

/** A connection that is logged in. */
export interface Ssh extends JumpConnection {
  /** Starts a command line by the user's login shell. */
  exec(line: string): Promise<Pipes>
}

/** sshd's own LoginGraceTime; long, because a passphrase may have to be typed in it. */
const loginTime = 120

/** Seconds to wait before each new attempt when sshd drops us before the login. */
const retryAfter = [0.3, 1, 3]

/** sshd hung up before it said anything: too many logins were under way. */
class Dropped extends ConnectError {}

/**
 * Connects by the target's route and logs in.
 *
 * @throws ConnectError that says how far it got.
 */
export async function openSsh(target: Target, options: SshOptions, signal?: AbortSignal): Promise<Ssh> {
  return openFrom(target, options, { jumps: options.jumps, signal, trail: [], openHop: openHop(options) })
}

/** A host on the way is asked for no password of the host that it leads to. */
function openHop(options: SshOptions): Travel['openHop'] {
  return (hop, travel) => openFrom(hop, { ...options, askPassword: async () => undefined }, travel)
}

async function openFrom(target: Target, options: SshOptions, travel: Travel): Promise<Ssh> {
  for (const seconds of retryAfter) {
    try {
      return await attempt(target, options, travel)
    } catch (error) {
      if (!(error instanceof Dropped) || target.route.kind === 'command') throw error
      // At random, so that those who were dropped together do not come back together.
      await pause(seconds * (500 + Math.random() * 1000), undefined, { signal: travel.signal }).catch(() => undefined)
    }
  }
  return attempt(target, options, travel)
}

function attempt(target: Target, options: SshOptions, travel: Travel): Promise<Ssh> {
  return options.pacer.run(`${target.address}:${target.port}`, () => openOnce(target, options, travel))
}

async function openOnce(target: Target, options: SshOptions, travel: Travel): Promise<Ssh> {
  const known = await readKnownHosts(target.knownHosts)
  const identities = await options.keyring.identities(target)
  const attempts = authentication(target, identities, options.askPassword)
  const way = await openWay(target, travel)
  const client = new ssh2.Client()
  const keepaliveInterval = target.keepaliveInterval ?? options.keepaliveInterval ?? 15
  const keepaliveCount = target.keepaliveCount ?? options.keepaliveCount ?? 3
  let reason = 'it was cut off'
  client.on('error', (error) => {
    reason = lossReason(error, keepaliveInterval * keepaliveCount)
  })
  const closed = new Promise<string>((resolve) => client.once('close', () => resolve(reason)))
  closed.then(way.release)
  const sock = way.stream
  const loginOptions = { target, known, attempts, sock, keepaliveInterval, keepaliveCount, signal: travel.signal }
  await login(client, loginOptions).catch(async (error) => {
    sock.destroy()
    throw withDetail(error, await way.said())
  })
  return {
    closed,
    exec: (line) => execute(client, line, closed, target),
    forward: (host, port) => forward(client, host, port),
    async close() {
      client.end()
      const cancel = after(2, () => sock.destroy())
      await closed
      cancel()
    },
  }
}

interface Login {
  readonly target: Target
  readonly known: readonly KnownHost[]
  readonly attempts: Authentication
  readonly sock: Duplex
  readonly keepaliveInterval: number
  readonly keepaliveCount: number
  readonly signal: AbortSignal | undefined
}

function login(client: Client, options: Login): Promise<void> {
  const { target, known, attempts, sock, signal } = options
  const fail = (failure: Failure) => placed(target, failure)
  return new Promise((resolve, reject) => {
    let shaken = false
    let cancel = after(target.timeout, () => give(fail(silent(target, target.timeout))))

    function settle(): void {
      cancel()
      client.removeListener('error', onError)
      client.removeListener('close', onClose)
      signal?.removeEventListener('abort', onAbort)
    }

    function give(error: unknown): void {
      settle()
      reject(error)
      sock.destroy()
    }

    function onError(error: Error & { level?: string }): void {
      // A key that cannot sign (its passphrase is not known) is passed over; the others are still tried.
      if (error.level === 'agent') attempts.unusable(error.message)
      else if (error.level === 'client-authentication') give(attempts.failure())
      else if (shaken && error.level !== 'client-socket') give(attempts.failure(error.message))
      else if (isDrop(error)) give(dropped(target))
      else give(fail(handshakeFailure(target, error)))
    }

    const onClose = () => give(shaken ? attempts.failure('it closed the connection') : dropped(target))
    const onAbort = () => give(fail({ step: 'connect', summary: `${target.name}: the connection was given up` }))

    client.on('error', onError)
    client.once('close', onClose)
    signal?.addEventListener('abort', onAbort)
    client.once('handshake', () => {
      shaken = true
      cancel()
      cancel = after(loginTime, () => give(fail(silent(target, loginTime))))
    })
    client.once('ready', () => {
      settle()
      resolve()
    })
    client.connect({
      sock,
      username: target.user,
      readyTimeout: 0,
      ...(target.forwardedAgent === undefined ? {} : { agent: target.forwardedAgent, agentForward: true }),
      keepaliveInterval: options.keepaliveInterval * 1000,
      keepaliveCountMax: options.keepaliveCount,
      // The names were checked against those that ssh2 knows; its types have them one by one.
      algorithms: { ...target.algorithms, serverHostKey: sortHostKeyAlgorithms(target, known) } as ssh2.Algorithms,
      hostVerifier(key: Buffer, verify: (valid: boolean) => void) {
        checkHostKey(target, known, key).then(
          () => verify(true),
          (error: unknown) => {
            give(error)
            verify(false)
          },
        )
      },
      authHandler: attempts.next as never,
    })
  })
}

function forward(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error) reject(error)
      else resolve(channel)
    })
  })
}

function execute(client: Client, line: string, lost: Promise<string>, target: Target): Promise<Pipes> {
  return new Promise<Pipes>((resolve, reject) => {
    client.exec(line, (error, channel) => {
      if (error) reject(placed(target, refusedChannel(target, error)))
      else resolve(pipesOf(channel, lost))
    })
  }).catch((error) => {
    // ssh2 throws at once when the connection was lost since it was last used.
    throw error instanceof ConnectError ? error : placed(target, lostSince(target, error))
  })
}

function lostSince({ name }: Target, { message }: Error): Failure {
  return { step: 'session', summary: `${name}: the connection was lost: ${message}` }
}

function pipesOf(channel: ClientChannel, lost: Promise<string>): Pipes {
  for (const stream of [channel, channel.stderr]) stream.on('error', () => undefined)
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    closed: Promise.race([processEnd(channel), closedSilently(channel), lost]),
    destroy: () => channel.destroy(),
  }
}

/** The channel was closed and no exit code came; when the whole connection is lost, that says more. */
function closedSilently(channel: ClientChannel): Promise<string> {
  return new Promise((resolve) => {
    channel.once('close', () => after(0.2, () => resolve('its shell was cut off')))
  })
}

function placed({ name, address, port }: Target, failure: Failure): ConnectError {
  return new ConnectError({ host: name, address: `${address}:${port}`, ...failure })
}

function lossReason({ message }: Error, silence: number): string {
  if (message === 'Keepalive timeout') return `it has not answered for ${silence} s`
  return message === 'read ECONNRESET' ? 'it was reset' : message
}

function silent({ name, address, port }: Target, seconds: number): Failure {
  return {
    step: 'connect',
    summary: `${name}: ${address} port ${port} took the connection and then said nothing useful for ${seconds} s`,
    hint: 'check that sshd listens there, and how loaded the host is',
  }
}

/** What a command on the way has said belongs to the error that it led to. */
function withDetail(error: unknown, said: string): unknown {
  if (!(error instanceof ConnectError) || said === '' || error.detail) return error
  const { host, address, step, hint, message: summary } = error
  return new ConnectError({ host, address, step, hint, summary, detail: said })
}

function isDrop({ message }: Error): boolean {
  return /before handshake|ECONNRESET|EPIPE/.test(message)
}

function dropped({ name, address, port }: Target): Dropped {
  return new Dropped({
    host: name,
    address: `${address}:${port}`,
    step: 'connect',
    summary: `${name}: ${address} port ${port} closed the connection before the login`,
    hint: 'check that sshd listens there; it also does so when too many logins are under way (MaxStartups)',
  })
}

function handshakeFailure({ name, address, port }: Target, { message }: Error): Failure {
  return {
    step: 'connect',
    summary: `${name}: no ssh connection with ${address} port ${port}: ${message}`,
    hint: 'check that it is an sshd that listens there, and one of this decade',
  }
}

function refusedChannel({ name }: Target, { message }: Error): Failure {
  if (/agent forwarding/.test(message))
    return {
      step: 'session',
      summary: `${name} does not let an agent be used from there (ForwardAgent)`,
      hint: 'set AllowAgentForwarding in its sshd_config, or ForwardAgent no for it here',
    }
  return {
    step: 'session',
    summary: `${name} does not open another session: ${message}`,
    hint: 'raise MaxSessions in its sshd_config',
  }
}
