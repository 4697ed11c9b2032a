/** Lets so many tasks with the same key run at a time, and the others wait for their turn. */
export interface Pacer {
  run<T>(key: string, task: () => Promise<T>): Promise<T>
}

/**
 * sshd starts to drop connections when ten of them are not logged in yet (MaxStartups 10:30:100): many hosts behind one
 * address must not all knock at once.
 */
export function createPacer(limit: number): Pacer {
  const running = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()

  async function enter(key: string): Promise<void> {
    const count = running.get(key) ?? 0
    if (count < limit) {
      running.set(key, count + 1)
      return
    }
    await new Promise<void>((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]))
  }

  function leave(key: string): void {
    const [next, ...others] = waiting.get(key) ?? []
    if (others.length > 0) waiting.set(key, others)
    else waiting.delete(key)
    // Whoever waits takes over the place.
    if (next) next()
    else running.set(key, (running.get(key) ?? 1) - 1)
  }

  return {
    async run(key, task) {
      await enter(key)
      try {
        return await task()
      } finally {
        leave(key)
      }
    },
  }
}
