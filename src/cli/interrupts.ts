/** What Ctrl-C means to a run. */
export interface Interrupts {
  /** Aborted by the first Ctrl-C: no new task starts. */
  readonly stop: AbortSignal
  /** Aborted by the second, or by SIGTERM or SIGHUP: what runs is ended, on the hosts too. */
  readonly signal: AbortSignal
  /** Gives the signals back their usual meaning. */
  release(): void
}

/** Listens for signals; a third Ctrl-C leaves at once. `say` tells the operator what is going on. */
export function interrupts(say: (text: string) => void): Interrupts {
  const stop = new AbortController()
  const hard = new AbortController()
  const end = () => {
    stop.abort()
    hard.abort()
  }
  const interrupt = () => {
    if (hard.signal.aborted) process.exit(130)
    if (stop.signal.aborted) {
      say('interrupted again: ending what still runs')
      return end()
    }
    say('interrupted: no new task starts, what runs is waited for; Ctrl-C again ends it')
    stop.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
  return {
    stop: stop.signal,
    signal: hard.signal,
    release: () => {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', end)
      process.off('SIGHUP', end)
    },
  }
}
