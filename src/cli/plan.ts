import type { Argv, CommandModule } from 'yargs'
import { type RunArguments, runCommand, runPrepared } from './run.ts'

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
  const { checkPlanFolder, recorder, writePlan } = await import('./saved-plan.ts')
  if (args.save !== undefined) checkPlanFolder(args.save)
  const prepared = await prepare(args)
  const record = recorder()
  const exitCode = await runPrepared({ ...args, check: true, diff: true }, prepared, [record])
  if (args.save !== undefined && exitCode === 0) writePlan(args.save, prepared.file, prepared.hash, record.events)
  return exitCode
}

/** The options of `run`, which `plan` takes too. */
function runOptionsOf(yargs: Argv): Argv {
  const { builder } = runCommand
  return (typeof builder === 'function' ? builder(yargs) : yargs) as Argv
}
