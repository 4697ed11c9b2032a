import { InputError } from '../core/errors.ts'
import { usesZsh } from './completion.ts'

/** Options whose value is a pattern of hosts. */
const patternOptions = ['--limit', '-l', '--hosts', '--host', '--why']

/** Commands whose first word is a pattern of hosts. */
const patternCommands = ['exec', 'shell', 'facts']

/**
 * Words that fit at the end of a command line, where options and commands are not meant: modules, hosts and groups,
 * runs. Undefined where yargs, or the shell with its file names, knows better.
 */
export async function complete(line: readonly string[]): Promise<readonly string[] | undefined> {
  const [, command = '', ...rest] = line
  const current = rest.at(-1)?.replace(/^['"]/, '')
  const before = rest.at(-2)
  if (current === undefined) return undefined
  if (before !== undefined && patternOptions.includes(before)) return patterns(rest, current)
  if (current.startsWith('-')) return undefined
  if (patternCommands.includes(command) && rest.length === 1) return patterns(rest, current)
  if (command === 'modules') return (await import('./modules.ts')).moduleNames()
  if (command === 'runs' && before === 'show') return ['last', ...(await import('./runs-folder.ts')).runIds()]
  return undefined
}

/** Hosts and groups, behind what is written of a pattern already; none when the inventory cannot be read. */
async function patterns(rest: readonly string[], current: string): Promise<readonly string[]> {
  const inventory = rest.flatMap((word, index) => (['-i', '--inventory'].includes(word) ? [rest[index + 1] ?? ''] : []))
  const { readInventories } = await import('./inventories.ts')
  try {
    const { groups, hosts } = await readInventories({ inventory, ...silent }, {})
    const written = /^.*[:,&!]/.exec(current)?.[0] ?? ''
    const words = [...groups.keys(), ...hosts.keys()].map((name) => `${written}${name}`)
    // What stands behind a colon, zsh takes for a description.
    return usesZsh() ? words.map((word) => word.replaceAll(':', '\\:')) : words
  } catch (error) {
    if (error instanceof InputError || error instanceof AggregateError) return []
    throw error
  }
}

/** Nobody is asked for a password by a key that completes. */
const silent = {
  'env-file': undefined,
  'ask-vault-pass': false,
  'vault-id': undefined,
  'vault-password-file': undefined,
} as const
