import { z } from 'zod'
import type { Change } from '../core/change.ts'
import { CommandFailed, ConnectError, diagnose, TaskFailed } from '../core/errors.ts'
import type { ChangeView, Emit } from '../core/events.ts'
import { hostVar } from '../core/host.ts'
import type { Observation, PreparedModule } from '../core/module.ts'
import { viewOf } from './change-view.ts'
import { comeBack } from './come-back.ts'
import type { TrackedContext } from './context.ts'
import type { HostRun } from './host-run.ts'
import { lastLines } from './last-lines.ts'
import type { LockSettings } from './lock.ts'
import type { LookAhead } from './lookahead.ts'
import { NotKnownYet, type Outputs } from './outputs.ts'
import type { FinishedTasks } from './resume.ts'
import type { PlannedChanges } from './saved-plan.ts'
import type { ScheduledTask } from './schedule.ts'
import type { TaskResult } from './task-result.ts'
import { waitUntil } from './until.ts'

/** Seconds that a change may take when neither command nor task says. */
const changeTimeout = 600

export interface TaskEnvironment {
  readonly check: boolean
  readonly emit: Emit
  readonly outputs: Outputs
  readonly signal: AbortSignal | undefined
  /** A plan that was saved: a task that would change something else fails before it does. */
  readonly plan: PlannedChanges | undefined
  /** Keeps other runs off the hosts that this one changes. */
  readonly lock: LockSettings | undefined
  /** A run that is resumed: what it finished is not done again. */
  readonly resume: FinishedTasks | undefined
  /** Ids of tasks that stand before the one to start at: only looked at, for what later tasks want to know of them. */
  readonly before: ReadonlySet<string>
}

/** A task about to run: on `target`, for the host of `context` (two hosts when it is delegated). */
export interface TaskRun {
  readonly scheduled: ScheduledTask
  readonly target: HostRun
  readonly context: TrackedContext
  readonly lookAhead: LookAhead
  readonly environment: TaskEnvironment
}

/** Runs one task for one host: looks, plans, and unless in check mode applies. Never throws but for bugs of ours. */
export async function runTask(run: TaskRun): Promise<TaskResult> {
  const before = run.environment.before.has(run.scheduled.view.id)
  try {
    return skipReason(run) ?? (await (before ? lookOnly(run) : execute(run)))
  } catch (error) {
    if (before && !(error instanceof ConnectError)) return passedOver
    return endedBy(run, error)
  }
}

/** How a task ends that cannot even begin, or breaks off. */
export function endedBy(run: TaskRun, error: unknown): TaskResult {
  return error instanceof NotKnownYet ? unknownResult(run, error) : failedResult(run, error)
}

function unknownResult(run: TaskRun, error: NotKnownYet): TaskResult {
  const { check, outputs } = run.environment
  if (!check || !outputs.ran(error.task, error.host)) return failedResult(run, outputs.missing(error))
  run.target.predicted = true
  return { status: 'changed', changes: [], note: `known only after apply: it needs ${error.message}` }
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

const passedOver: TaskResult = { status: 'skipped', changes: [], note: 'it stands before --start-at-task' }

async function lookOnly(run: TaskRun): Promise<TaskResult> {
  const prepared = run.scheduled.task.call.prepare(run.context)
  if (!prepared.hasOutput || run.scheduled.view.handler) return passedOver
  const { output } = await run.lookAhead.observe(run.scheduled, prepared)
  return { status: 'ok', changes: [], output, note: 'only looked at: it stands before --start-at-task' }
}

function skipReason({ scheduled, context }: TaskRun): TaskResult | undefined {
  const { when } = scheduled.task.options
  return when && !when(context) ? { status: 'skipped', changes: [], note: 'its condition does not hold' } : undefined
}

async function execute(run: TaskRun): Promise<TaskResult> {
  const prepared = run.scheduled.task.call.prepare(run.context)
  const { resume } = run.environment
  const { id, handler } = run.scheduled.view
  if (!prepared.hasOutput && !handler && resume?.finished(id, run.context.host.name))
    return { status: 'skipped', changes: [], note: 'done by the run that is resumed' }
  const first = () => settle(run, prepared, () => run.lookAhead.observe(run.scheduled, prepared))
  const { until } = run.scheduled.task.options
  const last = until
    ? await waitUntil(until, {
        attempt: (isFirst) => (isFirst ? first() : settle(run, prepared, () => prepared.observe(freshLook(run)))),
        met: ({ output }) => (!prepared.hasOutput || output !== undefined) && until.met(output),
        check: run.environment.check,
        waiting: (seen) => emitWaiting(run, until.condition, seen),
        signal: run.environment.signal,
      })
    : await first()
  return judge(run, last)
}

/** One round of look, plan and apply. */
async function settle(
  run: TaskRun,
  prepared: PreparedModule<unknown>,
  observe: () => Promise<Observation<unknown>>,
): Promise<TaskResult> {
  const { check, plan } = run.environment
  const seen = await observeOrPredict(run, prepared, observe)
  const locked = !check && seen.observation.changes.length > 0 && (await lockHost(run))
  const { observation, note } = locked ? { ...seen, observation: await prepared.observe(freshLook(run)) } : seen
  const { changes } = observation
  if (!check) plan?.demand(run.scheduled.view, run.context.host.name, changes.map(viewOf))
  if (check || changes.length === 0) {
    if (changes.length > 0) run.target.predicted = true
    return { ...summary(changes), output: observation.output, ...(note ? { note } : {}) }
  }
  await apply(run, changes)
  const output = prepared.hasOutput ? (await prepared.observe(freshLook(run))).output : undefined
  return { ...summary(changes), output }
}

/** Takes the host's lock before its first change; true when another run may have changed it up to now. */
async function lockHost({ scheduled, target, context, environment }: TaskRun): Promise<boolean> {
  const { lock, emit } = environment
  if (!lock) return false
  return target.lock(becomeUser(scheduled, target), lock, (seen) =>
    emit({
      type: 'host.waiting',
      task: scheduled.view.id,
      host: context.host.name,
      condition: 'another run on this host is over',
      seen,
    }),
  )
}

/** With `check`, a host that cannot be read because of what was not done yet is planned as if nothing were there. */
async function observeOrPredict(
  { target, environment }: TaskRun,
  prepared: PreparedModule<unknown>,
  observe: () => Promise<Observation<unknown>>,
): Promise<{ observation: Observation<unknown>; note?: string }> {
  try {
    return { observation: await observe() }
  } catch (error) {
    const readable = !(error instanceof CommandFailed)
    if (!environment.check || !target.predicted || readable) throw error
    return {
      observation: prepared.observeAbsent(),
      note: `cannot be read before the changes above are made; planned as if nothing were there`,
    }
  }
}

function summary(changes: readonly Change[]): Pick<TaskResult, 'status' | 'changes'> {
  const counted = changes.some(({ counts = true }) => counts)
  return { status: counted ? 'changed' : 'ok', changes: changes.map(viewOf) }
}

/** A change failed; those before it were made. */
class ApplyFailed extends CommandFailed {
  readonly done: readonly ChangeView[]

  constructor(failure: CommandFailed, summary: string, done: readonly ChangeView[]) {
    super(failure.command, failure.result, failure.hint)
    this.message = failure.message.startsWith(summary) ? failure.message : `${summary}: ${failure.message}`
    this.done = done
  }
}

async function apply(run: TaskRun, changes: readonly Change[]) {
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
  if (!failed) return
  const result = results[bad] ?? { code: undefined, stdout: '', stderr: '' }
  throw new ApplyFailed(
    new CommandFailed(failed.command, result, failed.hint),
    failed.summary,
    changes.slice(0, bad).map(viewOf),
  )
}

/** Applies what the playbook says of success and change to what happened. */
function judge({ scheduled, context }: TaskRun, result: TaskResult): TaskResult {
  const { failedWhen, changedWhen } = scheduled.task.options
  const reason = failedWhen && result.output !== undefined ? failedWhen(result.output, context) : undefined
  if (reason) throw new TaskFailed({ summary: reason })
  if (!changedWhen || result.status === 'skipped') return result
  return { ...result, status: changedWhen(result.status === 'changed', result.output) ? 'changed' : 'ok' }
}

function freshLook({ scheduled, target }: TaskRun) {
  target.reader.forget()
  return target.reader.look(becomeUser(scheduled, target), scheduled.task.options.timeout)
}

function emitWaiting({ scheduled, context, environment }: TaskRun, condition: string, seen: string) {
  environment.emit({ type: 'host.waiting', task: scheduled.view.id, host: context.host.name, condition, seen })
}

/** The user a task works as; undefined for the one who logs in. */
export function becomeUser({ become }: ScheduledTask, { host }: HostRun): string | undefined {
  if (become === false) return undefined
  return become === true ? hostVar(host, 'ansible_become_user', z.string().default('root')) : become
}
