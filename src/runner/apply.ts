import type { Change } from '../core/change.ts'
import { type CommandResult, show } from '../core/command.ts'
import { CommandFailed, outcome } from '../core/errors.ts'
import type { ChangeView } from '../core/events.ts'
import { viewOf } from './change-view.ts'
import { comeBack } from './come-back.ts'
import { lastLines } from './last-lines.ts'
import { becomeUser, emitWaiting, type TaskRun } from './task-run.ts'

/** Seconds that a change may take when neither command nor task says. */
const changeTimeout = 600

/** A change failed; those before it were made. */
export class ApplyFailed extends CommandFailed {
  readonly done: readonly ChangeView[]

  constructor(failure: CommandFailed, summary: string, done: readonly ChangeView[]) {
    super(failure.command, failure.result, failure.hint)
    this.message = summaryOf(summary, failure)
    this.done = done
  }
}

/** What was to be done and how that ended, without saying the command twice. */
function summaryOf(summary: string, { message, command, result }: CommandFailed): string {
  if (message.startsWith(summary)) return message
  return summary.endsWith(show(command)) ? `${summary}: ${outcome(result)}` : `${summary}: ${message}`
}

/** Makes changes, in one request. @throws ApplyFailed with those that were made before the one that failed. */
export async function apply(run: TaskRun, changes: readonly Change[]): Promise<readonly CommandResult[]> {
  const { scheduled, target, context, lookAhead, environment } = run
  const { task, view } = scheduled
  lookAhead.changedHere()
  target.reader.forget()
  const results = await target.run(
    changes.map(({ command }) => command),
    {
      become: becomeUser(scheduled, target),
      stopOnFailure: true,
      lane: scheduled.lane,
      timeout: task.options.timeout ?? changeTimeout,
      signal: environment.signal,
      onOutput: lastLines((line) =>
        environment.emit({ type: 'host.output', task: view.id, host: context.host.name, line }),
      ),
    },
  )
  target.reader.forget()
  const bad = changes.findIndex((_, index) => results[index]?.code !== 0)
  const failed = changes[bad]
  const restart = changes.at(-1)?.restart
  if (!failed && restart)
    await comeBack(restart, {
      ask: (proof) => target.run([proof], { become: undefined, timeout: 15, signal: environment.signal }),
      waiting: (seen) => emitWaiting(run, `${target.host.name} is back`, seen),
      signal: environment.signal,
    })
  if (!failed) return results
  const result = results[bad] ?? { code: undefined, stdout: '', stderr: '' }
  throw new ApplyFailed(
    new CommandFailed(failed.command, result, failed.hint),
    failed.summary,
    changes.slice(0, bad).map(viewOf),
  )
}
