import type { Argv, CommandModule } from 'yargs'
import { type RunArguments, runCommand, runPrepared, runSettings } from './run.ts'

type PlanArguments = RunArguments & { readonly save: string | undefined }

export const planCommand: CommandModule<object, PlanArguments> = {
  ...runCommand,
  command: 'plan <file>',
  describe: 'Say what a playbook would change, and change nothing (run --check --diff)',
  builder: (yargs) =>
    runOptionsOf(yargs)
      .option('save', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        describe: 'Save the plan in this file, for run --plan',
      })
      .example('$0 plan bidirectional.ts -o plan.json', 'Save what would be done') as never,
  handler: async (args) => {
    process.exitCode = await plan(args)
  },
}

async function plan(args: PlanArguments): Promise<number> {
  const { prepare } = await import('./prepare.ts')
  const { checkPlanFolder, recorder, selectionOf, writePlan } = await import('./saved-plan.ts')
  if (args.save !== undefined) checkPlanFolder(args.save)
  const prepared = await prepare(args)
  const record = recorder()
  const exitCode = await runPrepared({ ...args, check: true, diff: true }, prepared, [record])
  if (args.save === undefined || lists(args)) return exitCode
  if (exitCode === 0) {
    const selection = selectionOf(runSettings(args, prepared.file))
    writePlan(args.save, { playbook: prepared.file, hash: prepared.hash, selection }, record.events)
  } else process.stderr.write(`warning: ${args.save} was not written: the plan is not whole\n`)
  return exitCode
}

function lists(args: RunArguments): boolean {
  return args['list-hosts'] || args['list-tasks'] || args['list-tags']
}

/** The options of `run`, which `plan` takes too. */
function runOptionsOf(yargs: Argv): Argv {
  const { builder } = runCommand
  return (typeof builder === 'function' ? builder(yargs) : yargs) as Argv
}
