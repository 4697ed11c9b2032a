import type { Argv, CommandModule, Options } from 'yargs'
import type { LabStatus } from '../../lab/index.ts'
import { InputError } from '../core/errors.ts'
import { commaSeparated } from './options.ts'
import { writeOut } from './stdout.ts'

/** The lab is loaded when it is asked for: other commands do not wait for it. */
const lab = () => import('../../lab/index.ts')

const name = {
  name: { type: 'string', requiresArg: true, default: 'demo', describe: 'Which lab; several can stand side by side' },
} as const satisfies Record<string, Options>

const choice = {
  subnet: {
    type: 'string',
    requiresArg: true,
    describe: 'Network of the lab, 10.X.Y.0/24',
    defaultDescription: 'derived from the name',
  },
  sites: { type: 'string', array: true, requiresArg: true, describe: 'Only these sites, with commas between' },
  hosts: { type: 'string', array: true, requiresArg: true, describe: 'Only these hosts, with commas between' },
} as const satisfies Record<string, Options>

const line = (text: string) => writeOut(`${text}\n`)

/** `playbook lab …`: real hosts on this machine to try playbooks on. */
export const labCommand: CommandModule = {
  command: 'lab',
  describe: 'Real hosts on this machine, to try playbooks on',
  builder: (yargs) => {
    const withCommands = yargs
      .command('up', 'Boot the lab, or those of its hosts that are off', addUp, up)
      .command('status', 'Show the hosts of a lab', addName, status)
      .command('ssh <host>', 'Log in to a host, or run a command after --', addSsh, ssh)
      .command('exec <host>', 'Run a command, given after --, as on the host’s console', addHost, exec)
      .command('split', 'Cut the line between the sites', addName, split)
      .command('join', 'Undo split', addName, join)
      .command('down', 'End the lab and remove everything of it', addName, down)
      .command('inventory', 'Print the inventory of a lab', addName, inventory)
    return Object.entries(acts)
      .reduce(
        (all, [act, { describe }]) => all.command(`${act} <hosts..>`, describe, addHosts, perform(act)),
        withCommands,
      )
      .demandCommand(1, 'say what to do with the lab')
  },
  handler: () => {},
}

type Act = (labName: string, host: string) => Promise<void>

/** What can be done to hosts, one after the other. */
const acts: Readonly<Record<string, { describe: string; done: string; act: () => Promise<Act> }>> = {
  cut: { describe: 'Cut hosts off the network', done: 'cut off', act: async () => (await lab()).cutHost },
  mend: { describe: 'Undo cut', done: 'on the network', act: async () => (await lab()).mendHost },
  kill: {
    describe: 'Pull the plug of hosts; up boots them again',
    done: 'off',
    act: async () => (await lab()).killHost,
  },
  freeze: {
    describe: 'Stop all processes of hosts where they stand',
    done: 'frozen',
    act: async () => (await lab()).freezeHost,
  },
  thaw: { describe: 'Undo freeze', done: 'running', act: async () => (await lab()).thawHost },
}

const addName = (yargs: Argv) => yargs.options(name)
const addUp = (yargs: Argv) => yargs.options({ ...name, ...choice })
const addHost = (yargs: Argv) =>
  yargs.options(name).positional('host', { type: 'string', demandOption: true, describe: 'A host of the lab' })
const addSsh = (yargs: Argv) =>
  addHost(yargs).option('user', {
    type: 'string',
    choices: ['root', 'operator', 'deploy'],
    default: 'root',
    describe: 'root, operator (sudo with a password) or deploy (sudo without)',
  })
const addHosts = (yargs: Argv) =>
  yargs
    .options(name)
    .positional('hosts', { type: 'string', array: true, demandOption: true, describe: 'Hosts of the lab' })

interface UpArguments {
  readonly name: string
  readonly subnet?: string | undefined
  readonly sites?: readonly string[] | undefined
  readonly hosts?: readonly string[] | undefined
}

async function up({ name, subnet, sites, hosts }: UpArguments): Promise<void> {
  const { labUp, labStatus } = await lab()
  const started = Date.now()
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s`
  const { files } = await labUp(
    { name, subnet, sites: sites && commaSeparated(sites), hosts: hosts && commaSeparated(hosts) },
    (step) => line(`${elapsed()}  ${step}`),
  )
  line(`${elapsed()}  the lab ${name} is up`)
  showStatus(await labStatus(name))
  line(`inventory: ${files.inventory}`)
}

async function status({ name }: { readonly name: string }): Promise<void> {
  showStatus(await (await lab()).labStatus(name))
}

function showStatus({ hosts }: LabStatus): void {
  const width = Math.max(...hosts.map((host) => host.name.length))
  for (const { name: host, address, flavour, power, cut } of hosts) {
    line(`${host.padEnd(width)}  ${address.padEnd(14)}  ${flavour.padEnd(6)}  ${power}${cut ? ', cut off' : ''}`)
  }
}

async function split({ name }: { readonly name: string }): Promise<void> {
  await (await lab()).splitSites(name)
  line('the sites cannot reach each other')
}

async function join({ name }: { readonly name: string }): Promise<void> {
  await (await lab()).joinSites(name)
  line('the sites reach each other')
}

async function down({ name }: { readonly name: string }): Promise<void> {
  await (await lab()).labDown(name)
  line(`the lab ${name} is down; nothing of it is left`)
}

async function inventory({ name }: { readonly name: string }): Promise<void> {
  const { inventoryYaml, readState, subnetFor, topology } = await lab()
  const state = await readState(name)
  writeOut(inventoryYaml(name, state?.subnet ?? subnetFor(name), state?.topology ?? topology))
}

interface HostArguments {
  readonly name: string
  readonly host: string
  readonly '--'?: unknown
}

async function ssh({ name, host, user, ...rest }: HostArguments & { readonly user: string }): Promise<void> {
  const { sshCommand, runHere } = await lab()
  const words = afterDashes(rest)
  process.exitCode = await runHere(await sshCommand(name, host, user, words.length > 0 ? words.join(' ') : undefined))
}

async function exec({ name, host, ...rest }: HostArguments): Promise<void> {
  const { consoleCommand, runHere } = await lab()
  const words = afterDashes(rest)
  if (words.length === 0)
    throw new InputError({ summary: 'no command given', hint: `playbook lab exec ${host} -- uptime` })
  process.exitCode = await runHere(await consoleCommand(name, host, words))
}

/** What stands after `--` on the command line. */
function afterDashes(parsed: { readonly '--'?: unknown }): string[] {
  const words = parsed['--']
  return Array.isArray(words) ? words.map(String) : []
}

function perform(name: string) {
  return async ({ name: labName, hosts }: { readonly name: string; readonly hosts: readonly string[] }) => {
    const chosen = acts[name]
    if (!chosen) return
    const act = await chosen.act()
    for (const host of hosts) {
      await act(labName, host)
      line(`${host}: ${chosen.done}`)
    }
  }
}
