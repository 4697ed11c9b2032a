import type { Ssh } from './ssh.ts'

/** Connections to hosts on the way, shared by all hosts that lie behind them. */
export interface Jumps {
  /** Opens the connection unless it stands already. Give it back with `release`; the last one closes it. */
  acquire(key: string, open: () => Promise<Ssh>): Promise<{ readonly ssh: Ssh; release(): Promise<void> }>
}

interface Shared {
  readonly opened: Promise<Ssh>
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
          (ssh) => ssh.close(),
          () => undefined,
        )
      }

      try {
        const ssh = await entry.opened
        // One that was lost must not be handed to those who come later.
        ssh.closed.then(() => shared.get(key) === entry && shared.delete(key))
        return { ssh, release }
      } catch (error) {
        await release()
        throw error
      }
    },
  }
}
