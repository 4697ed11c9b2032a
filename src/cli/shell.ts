import { createInterface } from 'node:readline'
import type { CommandModule } from 'yargs'
import { type AdHoc, type AdHocArguments, adHoc, patternArgument } from './ad-hoc.ts'
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
 * does not outlive its line. A host that cannot be reached is left out of the lines that follow, until `reconnect`.
 * Answers with the worst exit code of all lines.
 */
async function shell(args: AdHocArguments): Promise<number> {
  const hosts = await adHoc(args)
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
  })
  const prompt = () => {
    lines.setPrompt(process.stdin.isTTY ? `${args.pattern} (${reached(hosts)})> ` : '')
    lines.prompt()
  }
  let worst = 0
  try {
    prompt()
    for await (const line of lines) {
      if (line.trim() === 'exit') break
      if (line.trim() !== '') worst = Math.max(worst, await runLine(hosts, line))
      prompt()
    }
  } finally {
    lines.close()
    await hosts.close()
  }
  return worst
}

async function runLine(hosts: AdHoc, line: string): Promise<number> {
  const again = line.trim() === 'reconnect'
  const known = new Set(again ? [] : hosts.unreachable)
  if (known.size === hosts.hosts.length) tell('no host is left to run it on; "reconnect" tries them again')
  const stops = interrupts(tell)
  try {
    return again ? await hosts.reconnect(stops) : await hosts.run({ argv: ['sh', '-c', line] }, stops)
  } finally {
    stops.release()
    const lost = [...hosts.unreachable].filter((host) => !known.has(host)).map(({ name }) => name)
    if (lost.length > 0) tell(`left out from now on: ${lost.join(', ')}; "reconnect" tries again`)
  }
}

/** `5`, or `4 of 5`. */
function reached({ hosts, unreachable }: AdHoc): string {
  return unreachable.size === 0 ? `${hosts.length}` : `${hosts.length - unreachable.size} of ${hosts.length}`
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
