import type { Argv, CommandModule } from 'yargs'
import type { RunEvent } from '../core/events.ts'
import { linesReporter } from '../report/lines.ts'
import { type PastRun, readRun, runIds } from './runs-folder.ts'
import { writeOut } from './stdout.ts'

export const runsCommand: CommandModule = {
  command: 'runs',
  describe: 'Past runs of this folder',
  builder: (yargs: Argv) =>
    yargs.command(['list', '$0'], 'List them, the newest first', {}, listRuns).command(
      'show <id>',
      'Tell a run again',
      (show) => show.positional('id', { type: 'string', demandOption: true, describe: 'As listed, or "last"' }),
      ({ id }) => showRun(id),
    ),
  handler: () => undefined,
}

function listRuns(): void {
  const runs = runIds().map(readRun)
  if (runs.length === 0) writeOut('no runs are kept here\n')
  for (const run of runs) writeOut(`${run.id}  ${run.head.check ? 'plan' : 'run'}  ${ending(run)}\n`)
}

function showRun(id: string): void {
  const { events } = readRun(id === 'last' ? (runIds()[0] ?? id) : id)
  const reporter = linesReporter({
    write: writeOut,
    colour: false,
    columns: () => 100,
    rows: () => 24,
    folder: process.cwd(),
    verbosity: 0,
    diff: true,
    profile: false,
  })
  for (const event of events) reporter.on(event)
}

function ending({ events }: PastRun): string {
  const end = events.find((event): event is Extract<RunEvent, { type: 'run.end' }> => event.type === 'run.end')
  if (!end) return 'interrupted before its end'
  const sum = (key: 'changed' | 'failed' | 'unreachable') => end.recap.reduce((total, host) => total + host[key], 0)
  return `exit code ${end.exitCode}: changed=${sum('changed')} failed=${sum('failed')} unreachable=${sum('unreachable')}`
}
