import type { CommandModule } from 'yargs'
import { type AdHocArguments, adHoc, commandOf, patternArgument } from './ad-hoc.ts'
import { interrupts } from './interrupts.ts'

type ExecArguments = AdHocArguments & { readonly '--'?: readonly string[] }

export const execCommand: CommandModule<object, ExecArguments> = {
  command: 'exec <pattern>',
  describe: 'Run one command, given after --, on the hosts that a pattern names',
  builder: (yargs) =>
    patternArgument(yargs)
      .example('$0 exec all -- uptime', 'On every host')
      .example('$0 exec mons -b -- "ceph status | head -3"', 'A single word with blanks goes to a shell') as never,
  handler: async (args) => {
    process.exitCode = await exec(args)
  },
}

async function exec(args: ExecArguments): Promise<number> {
  const command = commandOf(args['--'] ?? [])
  const hosts = await adHoc(args)
  const stops = interrupts((text) => process.stderr.write(`${text}\n`))
  try {
    return await hosts.run(command, stops)
  } finally {
    stops.release()
    await hosts.close()
  }
}
