import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { ConnectError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { authentication } from './auth.ts'
import { readKnownHosts } from './host-key.ts'
import type { JumpConnection, Jumps } from './jumps.ts'
import type { Keyring } from './keys.ts'
import { login } from './login.ts'
import type { Pacer } from './pace.ts'
import { type Pipes, processEnd } from './pipes.ts'
import { openWay, type Travel } from './route.ts'
import { Dropped, lossReason, lostSince, placed, refusedChannel, withDetail } from './ssh-errors.ts'
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

/** Seconds to wait before each new attempt when sshd drops us before the login. */
const retryAfter = [0.3, 1, 3]

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
