import { z } from 'zod'
import { type Command, sh } from '../../core/command.ts'
import { Secret } from '../../core/secret.ts'
import { environment, hostPath, seconds } from './schema.ts'

/** Words of a command, or a line for the shell. */
export const commandLine = z.union([
  z.string().min(1).describe('a line for sh'),
  z
    .array(z.union([z.string(), z.number().transform(String)]))
    .min(1)
    .describe('words, which no shell interprets'),
])

/** How to run something; taken by all modules that run what a playbook says. */
export const runArguments = {
  argv: z
    .array(z.union([z.string(), z.number().transform(String)]))
    .min(1)
    .optional()
    .describe('words, which no shell interprets; ...cmd`…` gives them'),
  shell: z.string().min(1).optional().describe('a line for sh, with pipes and the like'),
  stdin: z
    .union([z.string(), z.instanceof(Secret)])
    .optional()
    .describe('what it reads; secrets belong here'),
  env: environment.optional().describe('environment variables, not for secrets'),
  chdir: hostPath.optional().describe('directory to run in'),
  timeout: seconds.optional().describe('seconds until it is ended'),
}

export interface Run {
  readonly argv?: readonly string[] | undefined
  readonly shell?: string | undefined
  readonly stdin?: string | Secret | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly chdir?: string | undefined
  readonly timeout?: number | undefined
}

export const oneOfBoth = ({ argv, shell }: Run) => (argv === undefined) !== (shell === undefined)

/** The command that was asked for. */
export function commandOf({ argv, shell, chdir, stdin, env, timeout }: Run): Command {
  const words = argv ?? sh(shell ?? '').argv
  const display = argv ? undefined : shell
  return {
    ...(chdir === undefined ? { argv: words } : inDirectory(chdir, words)),
    ...(display === undefined ? {} : { display: chdir === undefined ? display : `cd ${chdir} && ${display}` }),
    ...(stdin === undefined ? {} : { stdin }),
    ...(env === undefined ? {} : { env }),
    ...(timeout === undefined ? {} : { timeout }),
  }
}

function inDirectory(folder: string, words: readonly string[]): Command {
  return sh('cd -- "$1" && shift && exec "$@"', folder, ...words)
}

/** A condition to look at: it holds when the command ends with 0. */
export function conditionOf(line: string | readonly string[]): Command {
  return typeof line === 'string' ? { ...sh(line), display: line } : { argv: line }
}
