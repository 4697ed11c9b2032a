import type { CommandModule, Options } from 'yargs'
import { InputError } from '../core/errors.ts'
import type { Inventory } from '../core/host.ts'
import { connectionOptions, inventoryOptions, type Values } from './options.ts'
import { type RunArguments, run, runOptions } from './run.ts'
import { vaultOptions } from './vault-options.ts'

const pairOptions = {
  pool: { type: 'string', requiresArg: true, default: 'mirror-pool-test', describe: 'Pool that is mirrored' },
  namespace: { type: 'string', requiresArg: true, describe: 'RBD namespace inside the pool' },
  sites: {
    type: 'string',
    requiresArg: true,
    describe: 'The two sites, with a comma between',
    defaultDescription: 'those of the inventory',
  },
} as const satisfies Record<string, Options>

const operationOptions = {
  images: { type: 'string', requiresArg: true, describe: 'Only these images, with commas between' },
  reason: { type: 'string', requiresArg: true, describe: 'Why; kept in the record' },
  wait: { type: 'number', requiresArg: true, describe: 'Seconds that a step may wait for the other site' },
  parallel: { type: 'number', requiresArg: true, describe: 'Images at the same time' },
} as const satisfies Record<string, Options>

const statusOptions = {
  ...inventoryOptions,
  ...vaultOptions,
  ...connectionOptions,
  ...pairOptions,
  json: { type: 'boolean', default: false, describe: 'As JSON, one line a look' },
  all: { type: 'boolean', default: false, describe: 'Every image, also when there are many and all is well' },
  watch: { alias: 'w', type: 'number', describe: 'Look again every so many seconds (5 when none are given)' },
} as const satisfies Record<string, Options>

const clients = {
  'ignore-clients': { type: 'boolean', describe: 'Demote under running clients, whose writes then fail' },
} as const satisfies Record<string, Options>

/** Operations that are playbooks of the package: their flags become its variables. */
const operations = {
  failover: {
    describe: 'Move the primary role to the other site, or take it when that site is gone',
    options: {
      to: { type: 'string', requiresArg: true, demandOption: true, describe: 'Site that is to be written at' },
      force: { type: 'boolean', describe: 'The other site is lost, and with it what had not arrived' },
      declared: { type: 'string', requiresArg: true, describe: 'With --force: name of the site that is lost' },
      rescue: { type: 'boolean', describe: 'With --force: keep the last whole state of half-synced images as copies' },
      'accept-older': { type: 'boolean', describe: 'With --force: promote half-synced images without such copies' },
      ...clients,
    },
  },
  failback: {
    describe: 'Let the site that was lost follow the one that took over, and hand the primary role back',
    options: {
      loser: { type: 'string', requiresArg: true, describe: 'Site whose writes are given up where both have some' },
      keep: { type: 'boolean', describe: 'Keep what is given up as copies (--no-keep does not)' },
      'hand-back': { type: 'boolean', describe: 'Then move the primary role to the loser' },
      'copy-wait': { type: 'number', requiresArg: true, describe: 'Seconds that a full copy may take' },
      ...clients,
    },
  },
  drill: {
    describe: 'Try the copies of the other site without disturbing anything, and remove all of it again',
    options: {
      at: { type: 'string', requiresArg: true, demandOption: true, describe: 'Site whose copies are tried' },
      'check-command': {
        type: 'string',
        requiresArg: true,
        describe: 'Line for sh, run there for each clone, whose name is $IMAGE: it is good when it ends with 0',
      },
    },
  },
} as const satisfies Record<string, { describe: string; options: Record<string, Options> }>

const statusCommand: CommandModule<object, StatusArguments> = {
  command: 'status',
  describe: 'How both sites stand; exit code 0 healthy, 5 degraded, 6 broken, 3 a site cannot be looked at',
  builder: (yargs) => yargs.options(statusOptions) as never,
  handler: async (args) => {
    process.exitCode = await status(args)
  },
}

const canaryOptions = {
  interval: { type: 'number', requiresArg: true, describe: 'Seconds from one stamp to the next' },
  remove: { type: 'boolean', describe: 'End them, and remove their images' },
} as const satisfies Record<string, Options>

const canaryCommand: CommandModule<object, RunArguments & PairArguments> = {
  command: 'canary',
  describe: 'Let a tiny image of each site tell how many seconds the other one is behind',
  builder: (yargs) => yargs.options({ ...runOptions, ...pairOptions, ...canaryOptions }) as never,
  handler: async (args) => {
    process.exitCode = await operate('canary', args, [...Object.keys(pairOptions), ...Object.keys(canaryOptions)])
  },
}

function operationCommand(
  name: string,
  describe: string,
  own: Record<string, Options>,
): CommandModule<object, RunArguments & PairArguments> {
  return {
    command: name,
    describe,
    builder: (yargs) => yargs.options({ ...runOptions, ...pairOptions, ...operationOptions, ...own }) as never,
    handler: async (args) => {
      const names = [...Object.keys(pairOptions), ...Object.keys(operationOptions), ...Object.keys(own)]
      process.exitCode = await operate(name, args, names)
    },
  }
}

/** `playbook dr …`: what an operator does to a pair of sites. */
export const drCommand: CommandModule = {
  command: 'dr',
  describe: 'Disaster recovery of a mirrored pair: status, canaries, failover, failback, drill',
  builder: (yargs) =>
    Object.entries(operations)
      .reduce(
        (all, [name, { describe, options }]) => all.command(operationCommand(name, describe, options)),
        yargs.command(statusCommand).command(canaryCommand),
      )
      .demandCommand(1, 'say what to do: status, canary, failover, failback or drill'),
  handler: () => {},
}

type StatusArguments = Values<typeof statusOptions>
type PairArguments = Pick<Values<typeof pairOptions>, 'sites'>

async function status(args: StatusArguments): Promise<number> {
  const { environmentSecrets } = await import('./env-file.ts')
  const { readInventories } = await import('./inventories.ts')
  const { passwords } = await import('./secrets.ts')
  const { reachHosts } = await import('./reach.ts')
  const { showStatus } = await import('./dr-status.ts')
  const environment = environmentSecrets(args['env-file'])
  const inventory = await readInventories(args, environment)
  const transport = await reachHosts(args, await passwords(args, environment), environment)
  const { pool, namespace, json, all } = args
  const watch = args.watch === undefined ? undefined : args.watch > 0 ? args.watch : 5
  return showStatus({ pool, namespace, sites: sitesOf(args, inventory), inventory, transport }, { json, all, watch })
}

/** Runs the playbook of an operation, with those of its flags that are named as variables. */
async function operate(name: string, args: RunArguments & PairArguments, names: readonly string[]): Promise<number> {
  const { environmentSecrets } = await import('./env-file.ts')
  const { readInventories } = await import('./inventories.ts')
  const inventory = await readInventories(args, environmentSecrets(args['env-file']))
  const given = { ...args, sites: sitesOf(args, inventory).join(',') }
  const vars = Object.entries(given)
    .filter(([key, value]) => names.includes(key) && value !== undefined)
    .map(([key, value]) => `${key.replaceAll('-', '_')}=${JSON.stringify(value)}`)
  return run({ ...args, file: `${name}.ts`, typecheck: false, 'extra-vars': [...vars, ...(args['extra-vars'] ?? [])] })
}

/** The two sites that were named, or the only two that the inventory has monitors of. */
function sitesOf({ sites }: PairArguments, inventory: Inventory): [string, string] {
  const known = sites?.split(',').map((site) => site.trim()) ?? [
    ...new Set(inventory.select('mons').flatMap(({ vars }) => (typeof vars.site === 'string' ? vars.site : []))),
  ]
  const [a, b] = known
  if (a !== undefined && b !== undefined && a !== b && known.length === 2) return [a, b]
  throw new InputError({
    summary: `two sites are needed, and ${sites === undefined ? 'the inventory has' : 'these are named'}: ${known.join(', ') || 'none'}`,
    hint: '--sites A,B',
  })
}
