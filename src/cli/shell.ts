import { createInterface } from 'node:readline'
import type { CommandModule } from 'yargs'
import { type AdHocArguments, adHoc, patternArgument } from './ad-hoc.ts'
import { interrupts } from './interrupts.ts'

export const shellCommand: CommandModule<object, AdHocArguments> = {
  command: 'shell <pattern>',
  describe: 'A prompt whose lines run on all hosts that a pattern names',
  builder: (yargs) =>
    patternArgument(yargs).example(
      '$0 shell rbdmirrors -b',
      'Look around on every mirror host; exit or Ctrl-D ends it',
    ) as never,
  handler: async (args) => {
    process.exitCode = await shell(args)
  },
}

/**
 * Reads lines from the terminal, or from a pipe, until `exit` or the end. Each line is a shell script of its own: a `cd`
 * does not outlive its line. Answers with the worst exit code of all lines.
 */
async function shell(args: AdHocArguments): Promise<number> {
  const hosts = await adHoc(args)
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    prompt: process.stdin.isTTY ? `${args.pattern} (${hosts.hosts.length})> ` : '',
  })
  let worst = 0
  try {
    lines.prompt()
    for await (const line of lines) {
      if (line.trim() === 'exit') break
      if (line.trim() !== '') {
        const stops = interrupts((text) => process.stderr.write(`${text}\n`))
        worst = Math.max(worst, await hosts.run({ argv: ['sh', '-c', line] }, stops))
        stops.release()
      }
      lines.prompt()
    }
  } finally {
    lines.close()
    await hosts.close()
  }
  return worst
}
