import type { Argv } from 'yargs'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'

/** What yargs knows of itself, which its types do not tell. */
type Described = Argv<object> & {
  getOptions(): {
    readonly key: object
    readonly array: readonly string[]
    readonly number: readonly string[]
    readonly narg: Readonly<Record<string, number>>
  }
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

/** @throws InputError for values that yargs lets through: an option given twice, a number that is none. */
export function checkValues(args: Readonly<Record<string, unknown>>, argv: readonly string[], cli: Argv<object>): void {
  const { key, array, number, narg } = (cli as Described).getOptions()
  const help = `playbook ${argv.find((word) => !word.startsWith('-')) ?? ''} --help`
  for (const name of Object.keys(key)) {
    const value = args[name]
    if (Array.isArray(value) && !array.includes(name) && !((narg[name] ?? 1) > 1))
      throw guessed(`option ${dashed(name)} was given more than once`, undefined, help)
    if (number.includes(name) && value !== undefined && !isCount(value))
      throw guessed(`option ${dashed(name)} needs a whole number from 1 to ${largest}`, undefined, help)
  }
}

/** Seconds that timers can wait for: 2^31 ms, a little under 25 days. */
const largest = 2_147_483

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largest
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
  if (!isOption) return guessed(`unexpected argument "${unknown}"`, undefined, wayOf(argv, unknown) ?? help)
  const guess = unknown.length > 1 ? nearest(unknown, Object.keys(yargs.getOptions().key)) : undefined
  return guessed(`unknown option ${dashed(unknown)}`, guess && dashed(guess), help)
}

/** A command for hosts that stands where patterns do. */
function wayOf(argv: readonly string[], unknown: string): string | undefined {
  const [command] = argv
  return command === 'exec' && !argv.includes('--') ? `playbook exec PATTERN -- ${unknown} …` : undefined
}

function guessed(summary: string, guess: string | undefined, help: string): InputError {
  return new InputError({ summary, hint: guess ? `did you mean "${guess}"?` : help })
}

function dashed(option: string): string {
  return option.length > 1 ? `--${option}` : `-${option}`
}
