import type { Argv, InferredOptionTypes, Options } from 'yargs'

/** Options of every command that works with an inventory. */
export const inventoryOptions = {
  inventory: {
    alias: 'i',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Inventory: a file, a folder, or hosts with commas between; may be given several times',
    defaultDescription: 'inventory.yml',
  },
  limit: { alias: 'l', type: 'string', requiresArg: true, describe: 'Only hosts that this pattern names too' },
  'env-file': {
    type: 'string',
    requiresArg: true,
    describe: 'File with PLAYBOOK_… variables',
    defaultDescription: '.env',
  },
} as const satisfies Record<string, Options>

/** Options of every command that reaches hosts. */
export const connectionOptions = {
  'ask-pass': { alias: 'k', type: 'boolean', default: false, describe: 'Ask for the password to log in with' },
  'ask-become-pass': { alias: 'K', type: 'boolean', default: false, describe: 'Ask for the password that sudo wants' },
  forks: { alias: 'f', type: 'number', requiresArg: true, default: 20, describe: 'Hosts worked on at the same time' },
  timeout: {
    alias: 'T',
    type: 'number',
    requiresArg: true,
    describe: 'Seconds until a connection must stand',
    defaultDescription: '10, or ansible_timeout',
  },
  keepalive: {
    type: 'number',
    requiresArg: true,
    default: 15,
    describe: 'Seconds of silence until a host is asked whether it is there; after three of them it is lost',
  },
} as const satisfies Record<string, Options>

/** Options of every command that shows a run. */
export const outputOptions = {
  output: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'How to show the run: tree, lines, json, junit or quiet, with =FILE into a file; may be given several times',
    defaultDescription: 'tree on a terminal, else lines',
  },
  diff: { alias: 'D', type: 'boolean', default: false, describe: 'Show what each change turns into what' },
  profile: { type: 'boolean', default: false, describe: 'Print the slowest tasks at the end' },
  verbose: {
    alias: 'v',
    type: 'count',
    describe: 'Show commands and their output as it comes; -vv each request, -vvv every answer',
  },
} as const satisfies Record<string, Options>

/** Options that say what of a playbook runs, and with what. */
export const playbookOptions = {
  'extra-vars': {
    alias: 'e',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'A variable, name=value, or a YAML file of them, @FILE; may be given several times',
  },
  tags: { alias: 't', type: 'string', array: true, requiresArg: true, describe: 'Only tasks with one of these tags' },
  'skip-tags': { type: 'string', array: true, requiresArg: true, describe: 'No tasks with one of these tags' },
  typecheck: { type: 'boolean', default: true, describe: 'Check the types of the playbook first' },
} as const satisfies Record<string, Options>

/** What yargs makes of options. */
export type Values<Declared extends Record<string, Options>> = InferredOptionTypes<Declared>

/** `-t a,b -t c` as a list. */
export function commaSeparated(given: readonly string[] = []): string[] {
  return given
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean)
}

/** The positional argument of commands that take a playbook. */
export function playbookFile<T>(yargs: Argv<T>) {
  return yargs.positional('file', {
    type: 'string',
    demandOption: true,
    describe: 'Playbook, looked up here, in playbooks/, and in the package',
  })
}
