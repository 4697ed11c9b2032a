import type { Readable, Writable } from 'node:stream'
import type { ConnectFailure } from '../core/errors.ts'

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
