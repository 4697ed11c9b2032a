import type { Argv } from 'yargs'
import type { Command, CommandResult } from '../core/command.ts'
import { ConnectError, diagnose, formatDiagnosis, InputError, outcome } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import { redactor } from '../core/redact.ts'
import type { Connection, Transport } from '../core/transport.ts'
import { plain } from '../report/text.ts'
import { connectionOptions, inventoryOptions, type Values } from './options.ts'
import { writeOut } from './stdout.ts'
import { vaultOptions } from './vault-options.ts'

/** Options of the commands that run what is typed, without a playbook. */
const adHocOptions = {
  ...inventoryOptions,
  ...vaultOptions,
  ...connectionOptions,
  become: { alias: 'b', type: 'boolean', default: false, describe: 'Work as root' },
  'become-user': { type: 'string', requiresArg: true, describe: 'Work as this user' },
  'time-limit': { type: 'number', requiresArg: true, default: 600, describe: 'Seconds that the command may take' },
} as const

export type AdHocArguments = Values<typeof adHocOptions> & { readonly pattern: string }

export function patternArgument<T>(yargs: Argv<T>) {
  return yargs
    .positional('pattern', { type: 'string', demandOption: true, describe: 'Hosts, as in a play: east:&rbdmirrors' })
    .options(adHocOptions)
}

/** The hosts that were named, and the ways to them, which stay open until `close`. */
export interface AdHoc {
  readonly hosts: readonly Host[]
  /** Those that could not be reached, or were lost: they are left out until `reconnect`. */
  readonly unreachable: ReadonlySet<Host>
  /** Runs a command on every host that can be reached, prints what it said, and answers with the exit code for all. */
  run(command: Command, stops: Stops): Promise<number>
  /** Tries those that could not be reached once more, and tells how that went. */
  reconnect(stops: Stops): Promise<number>
  close(): Promise<void>
}

export interface Stops {
  readonly stop: AbortSignal
  readonly signal: AbortSignal
}

/** @throws InputError for a pattern that names nobody, and whatever the inventory is refused for. */
export async function adHoc(args: AdHocArguments): Promise<AdHoc> {
  const { environmentSecrets } = await import('./env-file.ts')
  const environment = environmentSecrets(args['env-file'])
  const { readInventories } = await import('./inventories.ts')
  const inventory = await readInventories(args, environment)
  const limited = args.limit === undefined ? undefined : new Set(inventory.select(args.limit))
  const hosts = inventory.select(args.pattern).filter((host) => !limited || limited.has(host))
  if (hosts.length === 0) throw new InputError({ summary: `no host matches "${args.pattern}"` })
  const { passwords } = await import('./secrets.ts')
  const { reachHosts } = await import('./reach.ts')
  const { mapLimit } = await import('../runner/limit.ts')
  const ways = keepOpen(await reachHosts(args, await passwords(args, environment), environment))
  const become = args['become-user'] ?? (args.become ? 'root' : undefined)
  const redact = redactor()
  const unreachable = new Set<Host>()
  const runOnAll = async (some: readonly Host[], command: Command, { stop, signal }: Stops) => {
    const codes = await mapLimit(some, args.forks, async (host) => {
      if (stop.aborted) return 130
      const answer = await runOn(host, command, { ways, become, timeout: args['time-limit'], signal })
      writeOut(redact(process.stdout.isTTY ? plain(answer.text) : answer.text))
      if (answer.exitCode === 3 && !signal.aborted) unreachable.add(host)
      return answer.exitCode
    })
    if (stop.aborted) return 130
    return codes.includes(4) ? 4 : Math.max(0, ...codes)
  }
  return {
    hosts,
    unreachable,
    run: (command, stops) =>
      runOnAll(
        hosts.filter((host) => !unreachable.has(host)),
        command,
        stops,
      ),
    reconnect: (stops) => {
      const again = [...unreachable]
      unreachable.clear()
      return runOnAll(again, { argv: ['true'] }, stops)
    },
    close: ways.close,
  }
}

/** A single word with blanks or signs in it goes to a shell; several words are one command. @throws InputError */
export function commandOf(words: readonly string[]): Command {
  const [first, ...rest] = words
  if (first === undefined)
    throw new InputError({ summary: 'exec: the command is missing', hint: 'playbook exec all -- uptime' })
  return rest.length === 0 && /[\s|&;<>$*?()]/.test(first) ? { argv: ['sh', '-c', first] } : { argv: words }
}

interface Ways {
  to(host: Host, signal: AbortSignal): Promise<Connection>
  /** The way to a host was lost: the next `to` makes a new one. */
  lost(host: Host): void
  close(): Promise<void>
}

function keepOpen(transport: Transport): Ways {
  const open = new Map<Host, Promise<Connection>>()
  return {
    to: (host, signal) => {
      const way = open.get(host) ?? transport.connect(host, signal)
      open.set(host, way)
      return way
    },
    lost: (host) => {
      const way = open.get(host)
      open.delete(host)
      way?.then((connection) => connection.close()).catch(() => undefined)
    },
    close: async () => {
      const ways = await Promise.allSettled(open.values())
      await Promise.all(ways.map((way) => (way.status === 'fulfilled' ? way.value.close() : undefined)))
    },
  }
}

interface Way {
  readonly ways: Ways
  readonly become: string | undefined
  readonly timeout: number
  readonly signal: AbortSignal
}

async function runOn(host: Host, command: Command, { ways, become, timeout, signal }: Way) {
  try {
    const connection = await ways.to(host, signal)
    const [result] = await connection.run([command], { become, timeout, signal })
    return answerText(host, result ?? { code: undefined, stdout: '', stderr: '' })
  } catch (error) {
    ways.lost(host)
    if (!(error instanceof ConnectError)) throw error
    return { text: `${host.name} | UNREACHABLE\n${formatDiagnosis(diagnose(error))}\n`, exitCode: 3 }
  }
}

/** As Ansible's ad hoc command says it. */
function answerText({ name }: Host, result: CommandResult) {
  const head = result.code === 0 ? `${name} | rc=0 >>` : `${name} | FAILED | ${outcome(result)} >>`
  const output = [result.stdout, result.stderr]
    .map((text) => text.replace(/\n?$/, '\n'))
    .filter((text) => text !== '\n')
  return { text: `${head}\n${output.join('')}`, exitCode: result.code === 0 ? 0 : 4 }
}
