import type { Duplex } from 'node:stream'
import type { Algorithms, Client, ConnectConfig } from 'ssh2'
import type { Authentication } from './auth.ts'
import { checkHostKey, sortHostKeyAlgorithms } from './host-key.ts'
import type { KnownHost } from './known-hosts.ts'
import type { Failure } from './pipes.ts'
import { dropped, handshakeFailure, isDrop, placed, silent } from './ssh-errors.ts'
import type { Target } from './target.ts'
import { after } from './time.ts'

/** sshd's own LoginGraceTime; long, because a passphrase may have to be typed in it. */
const loginTime = 120

/** A connection's stream, and what is needed to log in over it. */
export interface Login {
  readonly target: Target
  readonly known: readonly KnownHost[]
  readonly attempts: Authentication
  readonly sock: Duplex
  readonly keepaliveInterval: number
  readonly keepaliveCount: number
  readonly signal: AbortSignal | undefined
}

/**
 * Greets sshd, checks its host key and logs in.
 *
 * @throws ConnectError that says how far it got.
 */
export function login(client: Client, options: Login): Promise<void> {
  const { target, attempts, sock, signal } = options
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
    client.connect(configOf(options, give))
  })
}

function configOf(
  { target, known, attempts, sock, ...options }: Login,
  refuse: (error: unknown) => void,
): ConnectConfig {
  return {
    sock,
    username: target.user,
    readyTimeout: 0,
    ...(target.forwardedAgent === undefined ? {} : { agent: target.forwardedAgent, agentForward: true }),
    keepaliveInterval: options.keepaliveInterval * 1000,
    keepaliveCountMax: options.keepaliveCount,
    // The names were checked against those that ssh2 knows; its types have them one by one.
    algorithms: { ...target.algorithms, serverHostKey: sortHostKeyAlgorithms(target, known) } as Algorithms,
    hostVerifier(key: Buffer, verify: (valid: boolean) => void) {
      checkHostKey(target, known, key).then(
        () => verify(true),
        (error: unknown) => {
          refuse(error)
          verify(false)
        },
      )
    },
    authHandler: attempts.next as never,
  }
}
