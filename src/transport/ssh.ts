import type { Socket } from 'node:net'
import ssh2, { type Client, type ClientChannel } from 'ssh2'
import { ConnectError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { type Authentication, authentication } from './auth.ts'
import { checkHostKey, hostKeyAlgorithms, readKnownHosts } from './host-key.ts'
import type { Keyring } from './keys.ts'
import type { KnownHost } from './known-hosts.ts'
import type { Target } from './options.ts'
import { type Failure, type Pipes, processEnd } from './pipes.ts'
import { openSocket } from './socket.ts'
import { after } from './time.ts'

export interface SshOptions {
  readonly keyring: Keyring
  /** Asked when the host takes a password and none is set. */
  askPassword(): Promise<Secret | undefined>
  /** Seconds of silence until the host is asked whether it is there. Default 15. */
  readonly keepaliveInterval?: number | undefined
  /** How often it may leave that unanswered before it counts as lost. Default 3. */
  readonly keepaliveCount?: number | undefined
}

/** A connection that is logged in. */
export interface Ssh {
  /** Starts a command line by the user's login shell. */
  exec(line: string): Promise<Pipes>
  close(): Promise<void>
}

/** sshd's own LoginGraceTime; long, because a passphrase may have to be typed in it. */
const loginTime = 120

/**
 * Connects and logs in.
 *
 * @throws ConnectError that says how far it got.
 */
export async function openSsh(target: Target, options: SshOptions, signal?: AbortSignal): Promise<Ssh> {
  const known = await readKnownHosts(target.knownHosts)
  const identities = await options.keyring.identities(target.identityFiles)
  const attempts = authentication(target, identities, options.askPassword)
  const sock = await openSocket(target, signal)
  const client = new ssh2.Client()
  const { keepaliveInterval = 15, keepaliveCount = 3 } = options
  let reason = 'it was cut off'
  client.on('error', (error) => {
    reason = lossReason(error, keepaliveInterval * keepaliveCount)
  })
  const closed = new Promise<string>((resolve) => client.once('close', () => resolve(reason)))
  await login(client, { target, known, attempts, sock, keepaliveInterval, keepaliveCount, signal })
  return {
    exec: (line) => execute(client, line, closed, target),
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
  readonly sock: Socket
  readonly keepaliveInterval: number
  readonly keepaliveCount: number
  readonly signal: AbortSignal | undefined
}

function login(client: Client, { target, known, attempts, sock, signal, ...keepalive }: Login): Promise<void> {
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
      if (error.level === 'agent') {
        attempts.unusable(error.message)
        return
      }
      if (error.level === 'client-authentication') give(attempts.failure())
      else if (shaken && error.level !== 'client-socket') give(attempts.failure(error.message))
      else give(fail(handshakeFailure(target, error)))
    }

    const onClose = () => give(shaken ? attempts.failure('it closed the connection') : fail(dropped(target)))
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
      keepaliveInterval: keepalive.keepaliveInterval * 1000,
      keepaliveCountMax: keepalive.keepaliveCount,
      algorithms: {
        // It would cost more than a second of computing a host.
        kex: { remove: 'diffie-hellman-group-exchange-sha256', append: [], prepend: [] },
        serverHostKey: hostKeyAlgorithms(known, target.address, target.port),
      },
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

function dropped({ name, address, port }: Target): Failure {
  return {
    step: 'connect',
    summary: `${name}: ${address} port ${port} closed the connection before the login`,
    hint: 'check that sshd listens there; it also does so when too many logins are under way (MaxStartups)',
  }
}

function handshakeFailure(target: Target, error: Error & { level?: string }): Failure {
  if (/before handshake|ECONNRESET/.test(error.message)) return dropped(target)
  return {
    step: 'connect',
    summary: `${target.name}: no ssh connection with ${target.address} port ${target.port}: ${error.message}`,
    hint: 'check that it is an sshd that listens there, and one of this decade',
  }
}

function refusedChannel({ name }: Target, { message }: Error): Failure {
  return {
    step: 'session',
    summary: `${name} does not open another session: ${message}`,
    hint: 'raise MaxSessions in its sshd_config',
  }
}
