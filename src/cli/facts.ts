import type { CommandModule } from 'yargs'
import { type Diagnosis, formatDiagnosis, InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { redactDeep, redactor } from '../core/redact.ts'
import { commaSeparated, connectionOptions, inventoryOptions, type Values } from './options.ts'
import { writeOut } from './stdout.ts'
import { vaultOptions } from './vault-options.ts'

const options = {
  ...inventoryOptions,
  ...vaultOptions,
  ...connectionOptions,
  only: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Which: distribution, osFamily, kernel, architecture, cpus, memory, addresses, hostname, ceph',
    defaultDescription: 'all of them',
  },
} as const

type FactsArguments = Values<typeof options> & { readonly pattern: string }

export const factsCommand: CommandModule<object, FactsArguments> = {
  command: 'facts <pattern>',
  describe: 'Print what hosts are, as JSON: distribution, kernel, memory, addresses and the like',
  builder: (yargs) =>
    yargs
      .positional('pattern', { type: 'string', demandOption: true, describe: 'Hosts, as in a play: east:&rbdmirrors' })
      .options(options)
      .example('$0 facts all --only distribution,memory', 'What runs where') as never,
  handler: async (args) => {
    process.exitCode = await printFacts(args)
  },
}

async function printFacts(args: FactsArguments): Promise<number> {
  const names = await wanted(commaSeparated(args.only))
  const { environmentSecrets } = await import('./env-file.ts')
  const { readInventories } = await import('./inventories.ts')
  const { passwords } = await import('./secrets.ts')
  const { reachHosts } = await import('./reach.ts')
  const { runPlaybook } = await import('../runner/run.ts')
  const { play } = await import('../core/playbook.ts')
  const { task } = await import('../core/task.ts')
  const { facts } = await import('../modules/facts.ts')
  const environment = environmentSecrets(args['env-file'])
  const inventory = await readInventories(args, environment)
  const look = task('Look', facts({ only: names }))
  const redact = redactor()
  const tell = (host: string, failure: Diagnosis) =>
    process.stderr.write(`${redact(`${host}: ${formatDiagnosis({ ...failure, location: undefined })}`)}\n`)
  const { recap, exitCode, output } = await runPlaybook({
    playbookName: 'facts',
    plays: [play({ name: 'Facts', hosts: args.pattern, tasks: [look] })],
    inventory,
    transport: await reachHosts(args, await passwords(args, environment), environment),
    emit: (event) => {
      if (event.type === 'host.end' && event.failure) tell(event.host, event.failure)
    },
    controllerFile: (path) => path,
    settings: { limit: args.limit, forks: args.forks },
  })
  if (recap.length === 0) throw new InputError({ summary: `no host matches "${args.pattern}"` })
  const known = recap.flatMap(({ host }) => [[host, output(look, host)] as const]).filter(([, found]) => found)
  writeOut(`${JSON.stringify(redactDeep(Object.fromEntries(known), redact), undefined, 2)}\n`)
  return exitCode
}

/** @throws InputError for a fact that there is not. */
async function wanted(given: readonly string[]) {
  const { factNames } = await import('../modules/facts.ts')
  for (const name of given)
    if (!factNames.some((known) => known === name)) {
      const guess = nearest(name, factNames)
      throw new InputError({
        summary: `--only: there is no fact "${name}"`,
        hint: guess ? `did you mean "${guess}"?` : `one of ${factNames.join(', ')}`,
      })
    }
  return given.length > 0 ? factNames.filter((name) => given.includes(name)) : factNames
}
