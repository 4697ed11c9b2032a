import { type Command, type CommandResult, show } from '../core/command.ts'
import { outcome } from '../core/errors.ts'
import type { Emit, RequestedCommand } from '../core/events.ts'

/** Characters of each command's output that are told, from its end. */
const most = 4000

/** Tells what is asked of a host, for `-vv` and `-vvv`. */
export interface Trace {
  connected(seconds: number): void
  requested(commands: readonly Command[], results: readonly CommandResult[], of: Requested): void
}

interface Requested {
  readonly become: string | undefined
  readonly seconds: number
}

export function createTrace(host: string, emit: Emit): Trace {
  return {
    connected: (seconds) => emit({ type: 'host.connect', host, seconds }),
    requested: (commands, results, { become, seconds }) =>
      emit({
        type: 'host.request',
        host,
        ...(become === undefined ? {} : { become }),
        seconds,
        commands: commands.map((command, index) => toldCommand(command, results[index])),
      }),
  }
}

function toldCommand(command: Command, result: CommandResult | undefined): RequestedCommand {
  if (!result) return { command: show(command), outcome: 'not started', output: '' }
  const output = command.sensitive ? '' : lastWholeLines(`${result.stdout}${result.stderr}`)
  return { command: show(command), outcome: outcome(result), output }
}

/** A line that is cut could be the end of a secret, which nobody would recognise. */
function lastWholeLines(text: string): string {
  if (text.length <= most) return text
  const end = text.slice(-most)
  const start = end.indexOf('\n')
  return start < 0 ? '(a line too long to be told)' : `…\n${end.slice(start + 1)}`
}
