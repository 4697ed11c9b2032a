import createYargs, { type Argv } from 'yargs'
import { checkCommand } from './check.ts'
import { complete } from './complete.ts'
import { completionCommand } from './completion.ts'
import { drCommand } from './dr.ts'
import { execCommand } from './exec.ts'
import { factsCommand } from './facts.ts'
import { initCommand } from './init.ts'
import { inventoryCommand } from './inventory.ts'
import { labCommand } from './lab.ts'
import { modulesCommand } from './modules.ts'
import { packageVersion } from './package-folder.ts'
import { planCommand } from './plan.ts'
import { runCommand } from './run.ts'
import { runsCommand } from './runs.ts'
import { shellCommand } from './shell.ts'
import { writeOut } from './stdout.ts'
import { checkValues, usageError } from './usage-error.ts'
import { vaultCommand } from './vault.ts'

/**
 * Reads the command line and does what it says; commands set `process.exitCode`.
 *
 * @throws InputError for a command line that cannot be used, and whatever the command throws
 */
export async function program(argv: readonly string[]): Promise<void> {
  const [first, ...line] = argv
  const words = first === '--get-yargs-completions' ? await complete(line) : undefined
  if (words) return writeOut(words.map((word) => `${word}\n`).join(''))
  const cli: Argv = createYargs()
    .scriptName('playbook')
    .usage('Usage: $0 <command>\n\nRuns playbooks written in TypeScript on the hosts of an inventory.')
    .parserConfiguration({
      'greedy-arrays': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'populate--': true,
    })
    .command(runCommand)
    .command(planCommand)
    .command(checkCommand)
    .command(runsCommand)
    .command(execCommand)
    .command(shellCommand)
    .command(factsCommand)
    .command(inventoryCommand)
    .command(vaultCommand)
    .command(modulesCommand)
    .command(initCommand)
    .command(drCommand)
    .command(labCommand)
    .command(completionCommand)
    .middleware((args) => checkValues(args, argv, cli))
    .demandCommand(1, 'a command is missing')
    .strict()
    .help()
    .alias('h', 'help')
    .version(packageVersion())
    .epilogue('Exit codes: 0 ok, 1 a bug, 2 bad input, 3 a host unreachable, 4 a task failed, 130 interrupted')
    .wrap(Math.min(100, process.stdout.columns || 80))
    .exitProcess(false)
    .fail((message, error) => {
      if (error && error.name !== 'YError') throw error
      throw usageError(error?.message ?? message, argv, cli)
    })
  await cli.parseAsync([...argv])
}
