import type { Command, CommandResult } from './command.ts'
import type { Host } from './host.ts'

export interface RunOptions {
  /** User to work as, undefined for the one who logged in. */
  readonly become?: string | undefined
  /** Leave out the commands after the first that does not end with 0. Default false. */
  readonly stopOnFailure?: boolean
  /** Seconds for a command that says nothing itself. */
  readonly timeout: number
  /** Called for each piece of output as it arrives, except that of sensitive commands. */
  readonly onOutput?: ((index: number, stream: 'stdout' | 'stderr', text: string) => void) | undefined
  /** Batches of different lanes run side by side, those of one lane one after the other. Default 0. */
  readonly lane?: number
  /** Ends what runs on the host, with all that it started. */
  readonly signal?: AbortSignal | undefined
}

/** How a command that was to stay began: with a line of output, or by ending at once. */
export type Held = { readonly line: string } | { readonly ended: CommandResult }

/** A way to one host that stands. */
export interface Connection {
  /**
   * Runs commands one after the other, in ONE request. The answer has a result for each command that was started, in
   * order: fewer than asked for when one failed under `stopOnFailure`, timed out, or the signal came.
   *
   * @throws ConnectError when the host is lost, or the become user cannot be had.
   */
  run(commands: readonly Command[], options: RunOptions): Promise<readonly CommandResult[]>
  /**
   * Starts a command that stays, on a channel of its own, until `close` or until the connection is gone: it holds
   * something, such as a lock. Answers when it has printed its first line, or has ended before.
   *
   * @throws ConnectError as `run` does.
   */
  hold(command: Command, options: Pick<RunOptions, 'become' | 'signal'>): Promise<Held>
  close(): Promise<void>
}

/** Makes connections; given to the runner by the command line, or by a test. */
export interface Transport {
  /** @throws ConnectError */
  connect(host: Host, signal?: AbortSignal): Promise<Connection>
}
