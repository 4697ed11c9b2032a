import { ConnectError, TaskFailed } from '../core/errors.ts'
import { withSecrets } from '../core/fetched-secret.ts'
import type { Observation, PreparedModule } from '../core/prepared-module.ts'
import { apply } from './apply.ts'
import { viewOf } from './change-view.ts'
import { NotKnownYet } from './outputs.ts'
import { observeOrPredict, predict } from './predict.ts'
import { endedBy, isYetToCome, unforeseen } from './task-ending.ts'
import { summaryOf, type TaskResult } from './task-result.ts'
import { becomeUser, emitWaiting, freshLook, type TaskRun } from './task-run.ts'
import { waitUntil } from './until.ts'

/** Runs one task for one host: looks, plans, and unless in check mode applies. Never throws but for bugs of ours. */
export async function runTask(run: TaskRun): Promise<TaskResult> {
  const before = run.environment.before.has(run.scheduled.view.id)
  try {
    const wanted = whether(run)
    if (wanted === false) return notWanted
    const whenKnown = wanted === true ? run : { ...run, condition: wanted }
    return await (before ? lookOnly(run) : execute(whenKnown))
  } catch (error) {
    if (before && !(error instanceof ConnectError)) return passedOver
    return endedBy(run, error)
  }
}

const passedOver: TaskResult = { status: 'skipped', changes: [], note: 'it stands before --start-at-task' }

async function lookOnly(run: TaskRun): Promise<TaskResult> {
  const prepared = run.scheduled.task.call.prepare(run.context)
  if (!prepared.hasOutput || run.scheduled.view.handler) return passedOver
  const { output } = await run.lookAhead.observe(run.scheduled, prepared)
  const note = 'only looked at: it stands before --start-at-task'
  return grow(run, prepared, { status: 'ok', changes: [], output, note })
}

const notWanted: TaskResult = {
  status: 'skipped',
  notWanted: true,
  changes: [],
  note: 'its condition does not hold',
}

const doneBefore: TaskResult = {
  status: 'skipped',
  doneBefore: true,
  changes: [],
  note: 'done by the run that is resumed',
}

/** Whether a task is for this host, by its condition; in words when only apply will tell. */
function whether(run: TaskRun): boolean | string {
  const { when } = run.scheduled.task.options
  if (!when) return run.condition ?? true
  try {
    return when(run.context) && (run.condition ?? true)
  } catch (error) {
    if (!(error instanceof NotKnownYet) || !isYetToCome(run, error)) throw error
    return `whether it runs is known only after apply: its condition needs ${error.message}`
  }
}

async function execute(run: TaskRun): Promise<TaskResult> {
  const prepared = run.scheduled.task.call.prepare(run.context)
  const { resume } = run.environment
  const { id, handler } = run.scheduled.view
  if (!prepared.hasOutput && !handler && resume?.finished(id, run.context.host.name)) return doneBefore
  const first = () => settle(run, prepared, () => run.lookAhead.observe(run.scheduled, prepared))
  const { until } = run.scheduled.task.options
  const last = until
    ? await waitUntil(until, {
        attempt: (isFirst) => {
          if (isFirst) return first()
          // What was read ahead may be older than what is waited for.
          run.lookAhead.changedHere()
          return settle(unheld(run), prepared, () => prepared.observe(freshLook(run)))
        },
        met: ({ output, foreseen }) =>
          !foreseen && (!(prepared.hasOutput || prepared.answer) || output !== undefined) && until.met(output),
        check: run.environment.check,
        waiting: (seen) => emitWaiting(run, until.condition, seen),
        signal: run.environment.signal,
      })
    : await first()
  return grow(run, prepared, judge(run, last))
}

/** Adds to the inventory of the run what the task is for, also with `check`: no host is changed by it. */
async function grow(run: TaskRun, prepared: PreparedModule<unknown>, result: TaskResult): Promise<TaskResult> {
  const { scheduled, context, environment } = run
  const addition = await withSecrets(() => prepared.addition?.())
  if (!addition) return result
  if (context.foreseen()) return unforeseen(run, 'known only after apply, and left out of the plays below')
  const { host = context.host.name, groups } = addition
  await environment.growth.add({ ...addition, host, location: scheduled.view.location })
  const what = groups.length > 0 ? `${host} in ${groups.join(', ')}` : host
  return { ...result, note: [result.note, `from the next play on: ${what}`].filter(Boolean).join('; ') }
}

/** What a task still has to do after its first attempt, no plan can tell. */
function unheld(run: TaskRun): TaskRun {
  return { ...run, environment: { ...run.environment, plan: undefined } }
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
  if (check) return predict(run, observation, note)
  plan?.demand(run.scheduled.view, run.context.host.name, changes.map(viewOf))
  if (changes.length === 0) return { ...summaryOf(changes), output: observation.output }
  const results = await apply(run, changes)
  const output = prepared.hasOutput ? await prepared.outputNow(freshLook(run)) : prepared.answer?.(results)
  return { ...summaryOf(changes), output }
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

/** Applies what the playbook says of success and change to what happened. */
function judge({ scheduled, context }: TaskRun, result: TaskResult): TaskResult {
  const { failedWhen, changedWhen } = scheduled.task.options
  const reason =
    failedWhen && result.output !== undefined && !result.foreseen ? failedWhen(result.output, context) : undefined
  if (reason) throw new TaskFailed({ summary: reason })
  if (!changedWhen || result.status === 'skipped') return result
  return { ...result, status: changedWhen(result.status === 'changed', result.output) ? 'changed' : 'ok' }
}
