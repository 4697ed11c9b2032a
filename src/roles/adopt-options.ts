import type { TaskContext } from '../core/task.ts'
import type { FoundPair } from './found-pair.ts'

/** What a pair that was set up by hand is to become. */
export interface AdoptOptions {
  readonly pool: string
  readonly sites: readonly [string, string]
  readonly ways: 'found' | 'both'
  /** Folder on the controller to write group_vars and host_vars into. Default: they are shown only. */
  readonly write?: string | undefined
}

/** What was found, once the looks are done. */
export type PairOf = (context: TaskContext) => FoundPair
