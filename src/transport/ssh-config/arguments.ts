import { Fault } from './fault.ts'
import { splitWords } from './lines.ts'

export interface SshArguments {
  /** Lines of configuration that come before all files. */
  readonly presets: readonly string[]
  /** Instead of the user's and the system's own; `none` for no file at all. */
  readonly file: string | undefined
}

/** Options of ssh that say what a line of configuration says. */
const lines: Readonly<Record<string, (value: string) => string>> = {
  o: (value) => value.replace(/^([^=\s]+)\s*=\s*/, '$1 '),
  J: (value) => `ProxyJump ${value}`,
  i: (value) => `IdentityFile "${value}"`,
  l: (value) => `User ${value}`,
  p: (value) => `Port ${value}`,
  b: (value) => `BindAddress ${value}`,
  c: (value) => `Ciphers ${value}`,
  m: (value) => `MACs ${value}`,
}

const flags: Readonly<Record<string, string | undefined>> = {
  '4': 'AddressFamily inet',
  '6': 'AddressFamily inet6',
  A: 'ForwardAgent yes',
  a: 'ForwardAgent no',
}

/** Without meaning for us: compression, verbosity, terminals, X11, shared sockets. */
const ignoredFlags = 'CqvTtxXYnNfkKgsy'
const ignoredWithValue = 'SELRDWeIQwB'

/** Reads options as Ansible's `ansible_ssh_common_args` has them: `-o ProxyJump=gate -F ./ssh_config`. Throws a Fault. */
export function readArguments(text: string): SshArguments {
  const options = splitOptions(splitWords(text))
  return {
    presets: options.flatMap(({ letter, value }) =>
      value === undefined ? flagLines(letter) : valueLines(letter, value),
    ),
    file: options.find(({ letter }) => letter === 'F')?.value,
  }
}

interface Option {
  readonly letter: string
  readonly value: string | undefined
}

function splitOptions(words: string[]): Option[] {
  const options: Option[] = []
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, letter, rest = ''] = /^-([^-])(.*)$/s.exec(word) ?? []
    if (letter === undefined) throw new Fault(`"${word}" is not an option of ssh`)
    if (takesValue(letter)) {
      const value = rest || words.shift()
      if (value === undefined) throw new Fault(`there is no value after "${word}"`)
      options.push({ letter, value })
    } else options.push(...[letter, ...rest].map((flag) => ({ letter: flag, value: undefined })))
  }
  return options
}

function takesValue(letter: string): boolean {
  return letter in lines || letter === 'F' || ignoredWithValue.includes(letter)
}

function valueLines(letter: string, value: string): string[] {
  const line = lines[letter]
  return line ? [line(value)] : []
}

function flagLines(letter: string): string[] {
  const line = flags[letter]
  if (line === undefined && !ignoredFlags.includes(letter)) throw new Fault(`"-${letter}" is not an option known here`)
  return line === undefined ? [] : [line]
}
