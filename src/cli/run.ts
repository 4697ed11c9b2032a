import type { CommandModule } from 'yargs'
import type { RunSettings } from '../runner/run.ts'
import {
  commaSeparated,
  connectionOptions,
  inventoryOptions,
  outputOptions,
  playbookFile,
  playbookOptions,
  type Values,
} from './options.ts'

const runOptions = {
  ...inventoryOptions,
  ...playbookOptions,
  ...connectionOptions,
  ...outputOptions,
  check: { alias: 'C', type: 'boolean', default: false, describe: 'Say what would change, and change nothing' },
  'list-hosts': { type: 'boolean', default: false, describe: 'Print the hosts of each play, and run nothing' },
  'list-tasks': { type: 'boolean', default: false, describe: 'Print the tasks of each play, and run nothing' },
  'list-tags': { type: 'boolean', default: false, describe: 'Print the tags of each play, and run nothing' },
} as const

export type RunArguments = Values<typeof runOptions> & { readonly file: string }

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run <file>',
  describe: 'Run a playbook',
  builder: (yargs) =>
    playbookFile(yargs)
      .options(runOptions)
      .example('$0 run bidirectional.ts -i inventory.yml', 'Mirror a pool both ways')
      .example('$0 run bidirectional.ts -e pool=images --limit west', 'Another pool, the hosts of one site')
      .example('$0 run new-site.ts -K --output junit=run.xml', 'With a sudo password, and a report for CI') as never,
  handler: async (args) => {
    process.exitCode = await run(args)
  },
}

/** Does what `playbook run` and `playbook plan` say, and answers with the exit code. */
export async function run(args: RunArguments): Promise<number> {
  const { createReporters, parseOutputs } = await import('./outputs.ts')
  const { environmentSecrets } = await import('./env-file.ts')
  const outputs = parseOutputs(args.output ?? [])
  const environment = environmentSecrets(args['env-file'])
  const { prepare } = await import('./prepare.ts')
  const prepared = await prepare(args)
  const settings: RunSettings = {
    check: args.check,
    limit: args.limit,
    tags: commaSeparated(args.tags),
    skipTags: commaSeparated(args['skip-tags']),
    forks: args.forks,
  }
  if (args['list-hosts'] || args['list-tasks'] || args['list-tags']) {
    const { listPlays } = await import('./list.ts')
    return listPlays({ ...prepared, settings }, args)
  }
  const { passwords } = await import('./secrets.ts')
  const { reachHosts } = await import('./reach.ts')
  const { execute } = await import('./execute.ts')
  const transport = await reachHosts(await passwords(args, environment), environment)
  const reporters = await createReporters(outputs, { verbosity: args.verbose, diff: args.diff, profile: args.profile })
  return execute({ ...prepared, transport, settings }, reporters)
}
