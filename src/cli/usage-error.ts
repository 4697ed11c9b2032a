import type { Argv } from 'yargs'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

/** What yargs knows of itself, which its types do not tell. */
type Described = Argv<object> & {
  getOptions(): { readonly key: object }
  getInternalMethods(): { getCommandInstance(): { readonly handlers: object } }
}

/** What yargs found wrong with the command line, in our words, with what was probably meant. */
export function usageError(message: string, argv: readonly string[], cli: Argv<object>): InputError {
  const command = argv.find((word) => !word.startsWith('-'))
  const [, unknown] = /^Unknown (?:arguments?|commands?): ([^,]+)/.exec(message) ?? []
  const [, valueless] = /^Not enough arguments following: (.+)/.exec(message) ?? []
  const help = `playbook ${command && command !== unknown ? `${command} ` : ''}--help`
  if (unknown !== undefined) return unknownWord(unknown, argv, cli, help)
  if (valueless !== undefined) return guessed(`option ${dashed(valueless)} needs a value`, undefined, help)
  if (message.startsWith('Not enough non-option arguments')) return guessed('an argument is missing', undefined, help)
  return guessed(message.charAt(0).toLowerCase() + message.slice(1), undefined, help)
}

function unknownWord(unknown: string, argv: readonly string[], cli: Argv<object>, help: string): InputError {
  const yargs = cli as Described
  if (argv.find((word) => !word.startsWith('-')) === unknown)
    return guessed(
      `unknown command "${unknown}"`,
      nearest(unknown, Object.keys(yargs.getInternalMethods().getCommandInstance().handlers)),
      help,
    )
  const isOption = argv.some((word) => word.startsWith('-') && word.replace(/^-+(no-)?|=.*$/gs, '') === unknown)
  if (!isOption) return guessed(`unexpected argument "${unknown}"`, undefined, help)
  const guess = unknown.length > 1 ? nearest(unknown, Object.keys(yargs.getOptions().key)) : undefined
  return guessed(`unknown option ${dashed(unknown)}`, guess && dashed(guess), help)
}

function guessed(summary: string, guess: string | undefined, help: string): InputError {
  return new InputError({ summary, hint: guess ? `did you mean "${guess}"?` : help })
}

function dashed(option: string): string {
  return option.length > 1 ? `--${option}` : `-${option}`
}
