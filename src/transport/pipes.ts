import type { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { ConnectFailure } from '../core/errors.ts'
import { after } from './time.ts'

/** A process at the other end, here or on a host: what a session speaks through. */
export interface Pipes {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when the process ended or the way to it was lost, with what is known about why. Never rejects. */
  readonly closed: Promise<string>
  /** Cuts it off without waiting. */
  destroy(): void
}

/** Who is at the other end; makes errors that name it. */
export interface Place {
  readonly host: string
  readonly address: string
}

export type Failure = Omit<ConnectFailure, 'host' | 'address'>

/**
 * How a process ended, from its `exit` and `close` events. A daemon that it left behind may hold its output open for
 * ever, so what comes after the exit is waited for a moment only.
 */
export function processEnd(process: EventEmitter): Promise<string> {
  return new Promise((resolve) => {
    process.once('exit', (code: number | null, signal?: string) => {
      const reason = code === null ? `its shell was ended by ${signal}` : `its shell ended with exit code ${code}`
      const cancel = after(0.2, () => resolve(reason))
      process.once('close', () => {
        cancel()
        resolve(reason)
      })
    })
  })
}
