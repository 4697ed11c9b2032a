import { quote } from './quote.ts'
import type { Secret } from './secret.ts'

/** One command for a host, as data. Nothing in it is ever interpreted by a shell, unless `argv` itself starts one. */
export interface Command {
  readonly argv: readonly string[]
  /** What the command reads; secrets travel here and only here. Default: nothing (`/dev/null`). */
  readonly stdin?: string | Secret
  readonly env?: Readonly<Record<string, string>>
  /** Seconds until it is ended, with all that it started. Default: the runner's (60 for a read, 600 for a change). */
  readonly timeout?: number
  /** Its output holds a secret: it is left out of errors, progress and journals. */
  readonly sensitive?: boolean
  /** Answers the same for a whole run (a version, a distribution): asked at most once a host. */
  readonly fact?: boolean
  /** What people are shown instead of a long script. */
  readonly display?: string
}

/** What a command left behind. `code` is undefined when it was killed or never ended: only 0 is success. */
export interface CommandResult {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Set when it was ended because its time was up, after that many seconds. */
  readonly timedOut?: number
}

type Argument = string | number | readonly Argument[]

/**
 * A command from a template: words are split at white space, and a substitution is always (part of) one word, whatever
 * is in it; an array becomes one word an element, an empty array none.
 *
 *     cmd`ceph osd pool create ${name} ${pgNum ?? []}`
 *
 * A `Secret` does not type-check here, since arguments can be seen in a host's process list: pass it as `stdin`.
 */
export function cmd(strings: TemplateStringsArray, ...values: readonly Argument[]): Command {
  const argv: string[] = []
  let word: string | undefined
  const end = () => {
    if (word !== undefined) argv.push(word)
    word = undefined
  }
  strings.forEach((text, index) => {
    text.split(/(\s+)/).forEach((piece) => {
      if (/^\s+$/.test(piece)) end()
      else if (piece !== '') word = (word ?? '') + piece
    })
    if (index >= values.length) return
    const value = values[index] as Argument
    if (!isList(value)) word = (word ?? '') + String(value)
    else {
      end()
      argv.push(...flatten(value))
    }
  })
  end()
  return { argv }
}

/** A POSIX shell script with arguments (`$1`, `$2`, …); for the few things that are no single command. */
export function sh(script: string, ...args: readonly (string | number)[]): Command {
  return { argv: ['sh', '-c', script, 'sh', ...args.map(String)] }
}

/** The command as a person would type it. */
export function show({ argv, display }: Command): string {
  return display ?? argv.map(quote).join(' ')
}

function isList(value: Argument): value is readonly Argument[] {
  return Array.isArray(value)
}

function flatten(value: Argument): string[] {
  return isList(value) ? value.flatMap(flatten) : [String(value)]
}
