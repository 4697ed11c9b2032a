import type { Command } from '../core/command.ts'
import { InputError } from '../core/errors.ts'
import { quote } from '../core/quote.ts'
import { reveal } from '../core/secret.ts'

/**
 * The commands as one POSIX shell script for the supervisor's leader, which evaluates it with the channel's standard
 * error on file descriptor 3 (on 2 there is nothing, so that shells have nowhere to print `Killed` with a piece of the
 * script beside it).
 *
 * `NONCE begin` says that the first command starts; `NONCE INDEX CODE` comes right after what a command printed, on both
 * streams. Each command is `exec`ed in a subshell, so that no builtin of the shell is ever meant by its name. Content
 * for standard input stands in a variable that is not exported and is written by the printf builtin: it is never an
 * argument nor a file.
 *
 * @throws InputError for an argument with a NUL in it, a command without arguments, a bad name of a variable.
 */
export function batchScript(nonce: string, commands: readonly Command[], stopOnFailure: boolean): string {
  const failed = stopOnFailure ? '; [ "$2" = 0 ] || exit 0' : ''
  return [
    'unset cp_in',
    `cp_end() { printf '${nonce} %s %s\\n' "$1" "$2"; printf '${nonce} %s %s\\n' "$1" "$2" >&3${failed}; }`,
    `printf '${nonce} begin\\n'`,
    `printf '${nonce} begin\\n' >&3`,
    ...commands.flatMap((command, index) => [...commandLines(command), `cp_end ${index} $?`]),
    ':',
  ].join('\n')
}

/** Modules read what commands say: in words that do not change with the language of whoever logs in. */
const plainWords = { LC_ALL: 'C' }

function commandLines({ argv, stdin, env = {} }: Command): string[] {
  const [name] = argv
  if (name === undefined) throw new InputError({ summary: 'a command has no arguments, not even a name' })
  const words = argv.map((word) => quote(checked(word, `an argument of ${name}`)))
  const assignments = Object.entries({ ...plainWords, ...env }).map(
    ([key, value]) => `export ${variable(key, value)}; `,
  )
  const subshell = `(${assignments.join('')}exec ${name.startsWith('-') ? 'env -- ' : ''}${words.join(' ')} 2>&3 3>&-)`
  const content = stdin === undefined ? '' : reveal(stdin)
  if (content === '') return [`${subshell} </dev/null`]
  const [format, text] = content.includes('\0') ? ['%b', escapeNul(content)] : ['%s', content]
  return [`cp_in=${quote(text)}`, `printf ${format} "$cp_in" 3>&- | ${subshell}`]
}

function variable(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new InputError({ summary: `"${name}" is not a name for an environment variable` })
  return `${name}=${quote(checked(value, `the environment variable ${name}`))}`
}

function checked(text: string, what: string): string {
  if (text.includes('\0'))
    throw new InputError({ summary: `${what} has a NUL character in it, which no program can be given` })
  return text
}

/** For printf's `%b`, the only way by which a shell can write a NUL. */
function escapeNul(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\0', '\\0000')
}
