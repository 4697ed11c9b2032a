import type { Command } from './command.ts'
import type { FileState } from './files.ts'

/** What a change turns into what, for people: one value, or a whole text. */
export type Difference =
  | { readonly from: unknown; readonly to: unknown }
  | { readonly path: string; readonly before: string | undefined; readonly after: string }

/** One thing that a host needs, and the command that does it. */
export interface Change {
  readonly summary: string
  readonly command: Command
  readonly diff?: Difference
  /** False for what leaves the host as it is (waiting, asserting): the task stays `ok`. Default true. */
  readonly counts?: boolean
  /** Said when the command fails. */
  readonly hint?: string
  /** The host goes away with it, and what comes next waits until it is back; only the last change of a plan may. */
  readonly restart?: Restart
  /** What stands at a path of the host afterwards: lets later tasks plan with it before it is made. */
  readonly leaves?: Leftover | undefined
  /**
   * Why it may turn out that there is nothing to do once what comes before it is done (a package that enables its own
   * unit). A plan shows it as conditional.
   */
  readonly maybe?: string | undefined
}

/** A file, directory or link at a path; without `file`, nothing any more. */
export interface Leftover {
  readonly path: string
  readonly file: FileState | undefined
}

/** How a host proves that it was started anew. */
export interface Restart {
  /** Ends with 0 once the host can be used, and prints something that is another after each start. */
  readonly proof: Command
  /** What it printed before. */
  readonly before: string
  /** Seconds until it is given up. */
  readonly deadline: number
}

/** One planned change: what it is for, the command, and what it turns into what. */
export function change(summary: string, command: Command, diff?: Difference, rest: Partial<Change> = {}): Change {
  return { summary, command, ...(diff ? { diff } : {}), ...rest }
}
