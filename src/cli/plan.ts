import type { CommandModule } from 'yargs'
import { type RunArguments, run, runCommand } from './run.ts'

export const planCommand: CommandModule<object, RunArguments> = {
  ...runCommand,
  command: 'plan <file>',
  describe: 'Say what a playbook would change, and change nothing (run --check --diff)',
  handler: async (args) => {
    process.exitCode = await run({ ...args, check: true, diff: true })
  },
}
