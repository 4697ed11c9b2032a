import type { GuestHooks } from './dr-hooks.ts'

/** What a change of roles is told. */
export interface FailoverOptions {
  readonly pool: string
  readonly namespace?: string | undefined
  /** The site that is written at now, and the one that is to be. */
  readonly from: string
  readonly to: string
  /** Default: all. */
  readonly images?: readonly string[] | undefined
  readonly ignoreClients: boolean
  /** Seconds that a step may wait for the other site. */
  readonly wait: number
  /** Images at the same time. */
  readonly parallel: number
  readonly operator?: string | undefined
  readonly reason?: string | undefined
  readonly hooks?: GuestHooks | undefined
}
