import { CommandFailed, ConnectError, diagnose, InputError, TaskFailed } from '../core/errors.ts'
import { ApplyFailed } from './apply.ts'
import { NotKnownYet } from './outputs.ts'
import type { TaskResult } from './task-result.ts'
import type { TaskRun } from './task-run.ts'

/** How a task ends that cannot even begin, or breaks off. */
export function endedBy(run: TaskRun, error: unknown): TaskResult {
  if (error instanceof NotKnownYet) return unknownResult(run, error)
  return misfit(run, error) ? unforeseen(run, 'known only after apply') : failedResult(run, error)
}

/** What is taken for a value until apply tells it need not be fit for everything that is made of it. */
function misfit({ environment, context }: TaskRun, error: unknown): boolean {
  return environment.check && context.foreseen() && (error instanceof InputError || error instanceof TaskFailed)
}

/** With `check`: what the task will change is known only after apply, and the note says why. */
export function unforeseen({ target, condition }: TaskRun, note: string): TaskResult {
  target.predicted = true
  return { status: 'changed', changes: [], unforeseen: true, note: condition ? `${note}; ${condition}` : note }
}

function unknownResult(run: TaskRun, error: NotKnownYet): TaskResult {
  const { outputs } = run.environment
  if (!isYetToCome(run, error)) return failedResult(run, outputs.missing(error))
  return unforeseen(run, `known only after apply: it needs ${error.message}`)
}

/** Whether an output is not there only because nothing is applied in a plan. */
export function isYetToCome({ environment: { check, outputs } }: TaskRun, { task, host }: NotKnownYet): boolean {
  return check && outputs.ran(task, host)
}

function failedResult({ scheduled, target }: TaskRun, error: unknown): TaskResult {
  const told = diagnose(error)
  const late = error instanceof CommandFailed && error.result.timedOut !== undefined
  const place = `"${scheduled.task.name}" on ${target.host.name}`
  const diagnosis = late ? { ...told, summary: `${place}: ${told.summary}${lastLine(error)}` } : told
  return {
    status: error instanceof ConnectError ? 'unreachable' : 'failed',
    changes: error instanceof ApplyFailed ? error.done : [],
    failure: { ...diagnosis, location: diagnosis.location ?? scheduled.view.location },
  }
}

/** The last thing that was heard of a command that did not end. */
function lastLine({ command, result: { stdout, stderr } }: CommandFailed): string {
  if (command.sensitive) return ''
  const line = `${stdout}\n${stderr}`.trim().split('\n').at(-1)
  return line ? `; its last line was: ${line}` : '; it had said nothing'
}
