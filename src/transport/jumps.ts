import type { Duplex } from 'node:stream'

/** A connection to a host on the way, logged in. */
export interface JumpConnection {
  /** A connection from there to somewhere else. */
  forward(host: string, port: number): Promise<Duplex>
  /** Settles when it has ended, with what is known about why. */
  readonly closed: Promise<string>
  close(): Promise<void>
}

/** Connections to hosts on the way, shared by all hosts that lie behind them. */
export interface Jumps {
  /** Opens the connection unless it stands already. Give it back with `release`; the last one closes it. */
  acquire(
    key: string,
    open: () => Promise<JumpConnection>,
  ): Promise<{ readonly connection: JumpConnection; release(): Promise<void> }>
}

interface Shared {
  readonly opened: Promise<JumpConnection>
  users: number
}

export function createJumps(): Jumps {
  const shared = new Map<string, Shared>()
  return {
    async acquire(key, open) {
      const entry = shared.get(key) ?? { opened: open(), users: 0 }
      shared.set(key, entry)
      entry.users++

      async function release(): Promise<void> {
        entry.users--
        if (entry.users > 0) return
        if (shared.get(key) === entry) shared.delete(key)
        await entry.opened.then(
          (connection) => connection.close(),
          () => undefined,
        )
      }

      try {
        const connection = await entry.opened
        // One that was lost must not be handed to those who come later.
        connection.closed.then(() => shared.get(key) === entry && shared.delete(key))
        return { connection, release }
      } catch (error) {
        await release()
        throw error
      }
    },
  }
}
