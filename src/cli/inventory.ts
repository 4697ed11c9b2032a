import type { CommandModule } from 'yargs'
import { InputError } from '../core/errors.ts'
import type { LoadedInventory } from '../inventory/load.ts'
import { environmentSecrets } from './env-file.ts'
import { findFile } from './find-file.ts'
import { readInventories } from './inventories.ts'
import { inventoryOptions, type Values } from './options.ts'
import { writeOut } from './stdout.ts'
import { vaultOptions } from './vault-options.ts'

const { limit: _limit, ...sources } = inventoryOptions

const options = {
  ...sources,
  ...vaultOptions,
  list: {
    type: 'boolean',
    default: false,
    describe: 'All groups, hosts and variables as JSON, as ansible-inventory does',
  },
  graph: { type: 'boolean', default: false, describe: 'The tree of groups and hosts' },
  vars: { type: 'boolean', default: false, describe: 'With --graph: the variables too' },
  host: { type: 'string', requiresArg: true, describe: 'The variables of one host as JSON' },
  why: {
    type: 'string',
    nargs: 2,
    describe: 'HOST VARIABLE: every place that sets the variable, and which one counts',
  },
  hosts: { type: 'string', requiresArg: true, describe: 'The hosts that a pattern names, one a line' },
  playbook: { type: 'string', requiresArg: true, describe: 'Read group_vars and host_vars beside this playbook too' },
} as const

type InventoryArguments = Values<typeof options> & { readonly group?: string | undefined }

/** `playbook inventory`: what an inventory says, in the words and shapes of ansible-inventory. */
export const inventoryCommand: CommandModule<object, InventoryArguments> = {
  command: 'inventory [group]',
  describe: 'Show hosts, groups and variables of an inventory',
  builder: (yargs) =>
    yargs
      .positional('group', { type: 'string', describe: 'With --graph: the group to begin with' })
      .options(options)
      .example('$0 inventory --graph', 'Groups and hosts')
      .example('$0 inventory --hosts "east:&rbdmirrors"', 'What a pattern selects')
      .example('$0 inventory --why east-mirror-1 site', 'Where a variable gets its value') as never,
  handler: async (args) => {
    writeOut(`${await show(args)}\n`)
  },
}

async function show(args: InventoryArguments): Promise<string> {
  const asked = [args.list, args.graph, args.host !== undefined, args.why !== undefined, args.hosts !== undefined]
  if (asked.filter(Boolean).length !== 1)
    throw new InputError({ summary: 'inventory: choose one of --list, --graph, --host, --hosts and --why' })
  const inventory = await load(args)
  const { inventoryGraph, inventoryHost, inventoryList } = await import('../inventory/list.ts')
  if (args.graph) return inventoryGraph(inventory, args.group, args.vars)
  if (args.host !== undefined) return json(inventoryHost(inventory, args.host))
  if (args.hosts !== undefined)
    return inventory
      .select(args.hosts)
      .map(({ name }) => name)
      .join('\n')
  if (args.why !== undefined) return why(inventory, args.why)
  return json(inventoryList(inventory))
}

function load(args: InventoryArguments): Promise<LoadedInventory> {
  const playbook = args.playbook === undefined ? undefined : findFile('playbook', args.playbook)
  return readInventories(args, environmentSecrets(args['env-file']), playbook)
}

async function why(inventory: LoadedInventory, asked: unknown): Promise<string> {
  const [host = '', variable = ''] = [asked].flat().map(String)
  const { showWhy, whyVar } = await import('../inventory/why.ts')
  return showWhy(whyVar(inventory, host, variable))
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 4)
}
