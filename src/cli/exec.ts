import type { CommandModule } from 'yargs'
import type { Command, CommandResult } from '../core/command.ts'
import { ConnectError, diagnose, formatDiagnosis, InputError, outcome } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import { redactor } from '../core/redact.ts'
import type { Transport } from '../core/transport.ts'
import { plain } from '../report/text.ts'
import { interrupts } from './interrupts.ts'
import { connectionOptions, inventoryOptions, type Values } from './options.ts'
import { writeOut } from './stdout.ts'
import { vaultOptions } from './vault-options.ts'

const options = {
  ...inventoryOptions,
  ...vaultOptions,
  ...connectionOptions,
  become: { alias: 'b', type: 'boolean', default: false, describe: 'Work as root' },
  'become-user': { type: 'string', requiresArg: true, describe: 'Work as this user' },
  'time-limit': { type: 'number', requiresArg: true, default: 600, describe: 'Seconds that the command may take' },
} as const

type ExecArguments = Values<typeof options> & { readonly pattern: string; readonly '--'?: readonly string[] }

export const execCommand: CommandModule<object, ExecArguments> = {
  command: 'exec <pattern>',
  describe: 'Run one command, given after --, on the hosts that a pattern names',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', demandOption: true, describe: 'Hosts, as in a play: east:&rbdmirrors' })
      .options(options)
      .example('$0 exec all -- uptime', 'On every host')
      .example('$0 exec mons -b -- "ceph status | head -3"', 'A single word with blanks goes to a shell') as never,
  handler: async (args) => {
    process.exitCode = await exec(args)
  },
}

async function exec(args: ExecArguments): Promise<number> {
  const command = commandOf(args['--'] ?? [])
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
  const transport = await reachHosts(args, await passwords(args, environment), environment)
  const become = args['become-user'] ?? (args.become ? 'root' : undefined)
  const { stop, signal, release } = interrupts((text) => process.stderr.write(`${text}\n`))
  const redact = redactor()
  const codes = await mapLimit(hosts, args.forks, async (host) => {
    if (stop.aborted) return 130
    const answer = await runOn(host, command, { transport, become, timeout: args['time-limit'], signal })
    writeOut(redact(process.stdout.isTTY ? plain(answer.text) : answer.text))
    return answer.exitCode
  })
  release()
  if (stop.aborted) return 130
  return codes.includes(4) ? 4 : Math.max(...codes)
}

/** @throws InputError */
function commandOf(words: readonly string[]): Command {
  const [first, ...rest] = words
  if (first === undefined)
    throw new InputError({ summary: 'exec: the command is missing', hint: 'playbook exec all -- uptime' })
  return rest.length === 0 && /[\s|&;<>$*?()]/.test(first) ? { argv: ['sh', '-c', first] } : { argv: words }
}

interface Way {
  readonly transport: Transport
  readonly become: string | undefined
  readonly timeout: number
  readonly signal: AbortSignal
}

async function runOn(host: Host, command: Command, { transport, become, timeout, signal }: Way) {
  try {
    const connection = await transport.connect(host, signal)
    try {
      const [result] = await connection.run([command], { become, timeout, signal })
      return answerText(host, result ?? { code: undefined, stdout: '', stderr: '' })
    } finally {
      await connection.close()
    }
  } catch (error) {
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
