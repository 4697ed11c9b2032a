import type { Host } from '../core/host.ts'
import type { Transport } from '../core/transport.ts'
import { connectTo, type HostConnection, type SshTools, type TransportOptions } from './connection.ts'
import { createJumps } from './jumps.ts'
import { createPacer } from './pace.ts'

export type { ConnectionStats, HostConnection, TransportOptions } from './connection.ts'

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
