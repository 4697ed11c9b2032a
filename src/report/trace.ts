import type { RunEvent } from '../core/events.ts'
import { duration, indent, plain } from './text.ts'

type Traced = Extract<RunEvent, { type: 'host.connect' | 'host.request' }>

/** What is asked of hosts: with `-vv` a line for each request, with `-vvv` connections and every command's answer too. */
export function traceLines(event: Traced, verbosity: number): string[] {
  if (verbosity < 2) return []
  const { host, seconds } = event
  if (event.type === 'host.connect') return verbosity > 2 ? [`${host} > connected in ${duration(seconds)}`] : []
  const { become, commands } = event
  const as = become === undefined ? '' : ` as ${become}`
  if (verbosity === 2)
    return [
      `${host} > request${as} (${duration(seconds)}): ${commands.map(({ command }) => oneLine(command)).join('; ')}`,
    ]
  return [
    `${host} > request${as} (${duration(seconds)})`,
    ...commands.flatMap(({ command, outcome, output }) => [
      `  $ ${oneLine(command)}: ${outcome}`,
      ...plain(output)
        .trimEnd()
        .split('\n')
        .filter(Boolean)
        .map((line) => indent(line, 4)),
    ]),
  ]
}

function oneLine(text: string): string {
  return plain(text)
    .trim()
    .replace(/\s*\n\s*/g, ' ⏎ ')
}
