import type { Host } from '../core/host.ts'
import type { Secret } from '../core/secret.ts'
import type { Connection, Transport } from '../core/transport.ts'
import { connectTo, type SshTools } from './connection.ts'
import { createJumps } from './jumps.ts'
import { createPacer } from './pace.ts'

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

export interface HostTransport extends Transport {
  connect(host: Host, signal?: AbortSignal): Promise<HostConnection>
}

/** Below the ten at which sshd begins to drop some. */
const startsAtOnce = 8

/** Reaches hosts over ssh, and this machine itself for hosts with `ansible_connection: local`. */
export function createTransport(options: TransportOptions = {}): HostTransport {
  const shared = { jumps: createJumps(), pacer: createPacer(startsAtOnce) }
  let tools: Promise<SshTools> | undefined
  return {
    connect: (host, signal) =>
      connectTo(
        host,
        {
          ...options,
          ...shared,
          // ssh2 takes 40 ms to load: a run on this machine alone does without it.
          tools() {
            tools ??= loadTools(options)
            return tools
          },
        },
        signal,
      ),
  }
}

async function loadTools({ askSecret }: TransportOptions): Promise<SshTools> {
  const [{ openSsh }, { createKeyring }] = await Promise.all([import('./ssh.ts'), import('./keys.ts')])
  return { openSsh, keyring: createKeyring({ askSecret }) }
}
