import type { Command, CommandResult } from '../core/command.ts'
import type { HostRecap, HostStatus } from '../core/events.ts'
import type { Host } from '../core/host.ts'
import type { ControllerFile } from '../core/look.ts'
import type { Handler } from '../core/task.ts'
import type { Connection, RunOptions, Transport } from '../core/transport.ts'
import { type LockSettings, takeLock } from './lock.ts'
import { createReader, type Reader } from './reader.ts'
import type { Trace } from './trace.ts'

/** What a run knows of one host: its connection, what was read there, how its tasks ended. */
export interface HostRun {
  /** As the play that runs knows it: tasks may have put it into groups, which have variables. */
  host: Host
  readonly reader: Reader
  /** Handlers that wait for the end of the play. */
  readonly notified: Set<Handler>
  /** With `check`: something before would have changed this host, so it may not be readable as it will be. */
  predicted: boolean
  run(commands: readonly Command[], options: RunOptions): Promise<readonly CommandResult[]>
  /** Keeps other runs from changing the host as this user; true when that had not been done yet. */
  lock(become: string | undefined, settings: LockSettings, waiting: (holder: string) => void): Promise<boolean>
  count(status: HostStatus | 'ignored'): void
  /** A failure counted before was rescued. */
  rescue(status: 'failed' | 'unreachable'): void
  recap(): HostRecap
  /** Requests made, and connections opened. */
  traffic(): { readonly requests: number; readonly connections: number }
  close(): Promise<void>
}

export interface HostRunOptions {
  readonly transport: Transport
  readonly controllerFile: ControllerFile
  readonly signal: AbortSignal | undefined
  /** Told of each connection and request. */
  readonly trace?: Trace | undefined
}

/** A host of a run. It is connected to by the first thing that is asked of it. */
export function createHostRun(first: Host, { transport, controllerFile, signal, trace }: HostRunOptions): HostRun {
  let connection: Promise<Connection> | undefined
  let requests = 0
  let connections = 0
  const counts = { ok: 0, changed: 0, skipped: 0, failed: 0, unreachable: 0, ignored: 0, rescued: 0 }

  const connect = (): Promise<Connection> => {
    if (!connection) {
      connections++
      const started = performance.now()
      connection = transport.connect(self.host, signal)
      connection.then(
        () => trace?.connected((performance.now() - started) / 1000),
        () => {
          connection = undefined
        },
      )
    }
    return connection
  }

  const run: HostRun['run'] = async (commands, options) => {
    const open = await connect()
    requests++
    const started = performance.now()
    try {
      const results = await open.run(commands, options)
      trace?.requested(commands, results, { become: options.become, seconds: (performance.now() - started) / 1000 })
      return results
    } catch (error) {
      connection = undefined
      await open.close().catch(() => undefined)
      throw error
    }
  }

  // A lock is gone with its connection, and has to be taken again on the next.
  const locks = new WeakMap<Connection, Map<string | undefined, Promise<void>>>()
  const lock: HostRun['lock'] = async (become, settings, waiting) => {
    const open = await connect()
    const taken = locks.get(open) ?? new Map<string | undefined, Promise<void>>()
    locks.set(open, taken)
    const known = taken.get(become)
    const taking = known ?? takeLock(open, { host: first.name, become, signal, settings, waiting })
    taken.set(become, taking)
    taking.catch(() => taken.delete(become))
    await taking
    return known === undefined
  }

  const self: HostRun = {
    host: first,
    reader: createReader((commands, become, timeout) => run(commands, { become, timeout, signal }), controllerFile),
    notified: new Set(),
    predicted: false,
    run,
    lock,
    count: (status) => {
      counts[status]++
    },
    rescue: (status) => {
      counts[status]--
      counts.rescued++
    },
    recap: () => ({ host: first.name, ...counts }),
    traffic: () => ({ requests, connections }),
    close: async () => {
      const open = await connection?.catch(() => undefined)
      await open?.close()
    },
  }
  return self
}
