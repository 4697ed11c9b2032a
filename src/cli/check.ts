import type { CommandModule } from 'yargs'
import { inventoryOptions, playbookFile, playbookOptions, type Values } from './options.ts'
import { vaultOptions } from './vault-options.ts'

const { limit: _limit, ...sources } = inventoryOptions
const { tags: _tags, 'skip-tags': _skipTags, ...ofPlaybook } = playbookOptions
const options = { ...sources, ...vaultOptions, ...ofPlaybook } as const

type CheckArguments = Values<typeof options> & { readonly file: string }

export const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check <file>',
  describe: 'Look for mistakes in a playbook, without touching a host',
  builder: (yargs) =>
    playbookFile(yargs)
      .options(options)
      .example('$0 check bidirectional.ts', 'Types, arguments, groups, templates, variables') as never,
  handler: async (args) => {
    process.exitCode = await check(args)
  },
}

async function check(args: CheckArguments): Promise<number> {
  const { prepare } = await import('./prepare.ts')
  const { controllerFiles } = await import('./controller-file.ts')
  const { findFaults } = await import('./faults.ts')
  const { tell, together } = await import('./errors.ts')
  const { count } = await import('../report/text.ts')
  const { writeOut } = await import('./stdout.ts')
  const { formatDiagnosis } = await import('../core/errors.ts')
  const prepared = await prepare(args)
  const { errors, warnings, idle, tasks, hosts } = await findFaults(prepared, controllerFiles(prepared.file))
  for (const warning of warnings)
    process.stderr.write(`${formatDiagnosis({ ...warning, summary: `warning: ${warning.summary}` })}\n`)
  if (errors.length > 0) return tell(together(errors))
  if (idle.length > 0) writeOut(`tasks that run on no host of this inventory: ${idle.join(', ')}\n`)
  const counts = [count(prepared.plays.length, 'play'), count(tasks, 'task'), count(hosts, 'host')]
  writeOut(`${args.file}: ${counts.join(', ')}: no mistake found\n`)
  return 0
}
