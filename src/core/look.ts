import type { z } from 'zod'
import type { Command, CommandResult } from './command.ts'
import type { FileState } from './files.ts'

export interface TextOptions {
  /** Exit codes that mean “it is not there”: the answer is then undefined. Default: none. */
  readonly absent?: readonly number[]
}

/**
 * How a module's `read` looks at a host. Commands asked for at the same time, by this task and by the tasks after it,
 * travel to the host together; the same command is asked once.
 *
 * Everything but `run` throws `CommandFailed` when a command does not end with 0, and `UnexpectedOutput` when it says
 * something else than expected.
 */
export interface Look {
  run(command: Command): Promise<CommandResult>
  text(command: Command): Promise<string>
  text(command: Command, options: TextOptions): Promise<string | undefined>
  json<T>(command: Command, schema: z.ZodType<T>): Promise<T>
  json<T>(command: Command, schema: z.ZodType<T>, options: TextOptions): Promise<T | undefined>
  /** A file, directory or link on the host, undefined when there is none. `content` asks for its text as well. */
  file(path: string, options?: { readonly content?: boolean }): Promise<FileState | undefined>
  /**
   * A file of the controller, by a path as the playbook wrote it: looked up beside the playbook, in its `templates/`
   * and `files/`, then in the package's. Its text, or its bytes in base64. Throws `InputError` naming the folders when
   * there is none, and for a text that is not UTF-8.
   */
  controllerFile(path: string, encoding?: Encoding): Promise<string>
}

/** How the content of a file is written down: as the text that it is, or its bytes in base64. */
export type Encoding = 'utf8' | 'base64'

/** The way to files of the controller. Default encoding `utf8`. */
export type ControllerFile = (path: string, encoding?: Encoding) => string
