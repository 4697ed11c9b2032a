import { accessSync, constants, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { InputError, systemReason } from '../core/errors.ts'
import type { Reporter, RunEvent } from '../core/events.ts'
import { quote } from '../core/quote.ts'
import { showDifference } from '../report/diff.ts'
import { indent, plain } from '../report/text.ts'
import type { RunSettings } from '../runner/run.ts'
import { type Drift, drift, type PlannedTask, plannedTasks, type SavedPlan, savedPlan } from '../runner/saved-plan.ts'
import { shownPath } from './shown-path.ts'

/** Remembers the events of a run, so that its plan can be saved or compared. */
export function recorder(): Reporter & { readonly events: readonly RunEvent[] } {
  const events: RunEvent[] = []
  return { events, on: (event) => events.push(event) }
}

/** Writes a plan that `run --plan` applies; readable for its owner alone, since it tells what stands on hosts. */
export function writePlan(
  file: string,
  { playbook, hash, selection }: Pick<SavedPlan, 'playbook' | 'hash' | 'selection'>,
  events: readonly RunEvent[],
): void {
  const time = new Date().toISOString()
  const plan: SavedPlan = { format: 3, playbook, hash, time, selection, tasks: plannedTasks(events) }
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(draft, file)
}

/** @throws InputError when a plan could not be saved there: said before hosts are asked. */
export function checkPlanFolder(file: string): void {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK)
    if (!statSync(file, { throwIfNoEntry: false })?.isDirectory()) return
  } catch (error) {
    throw new InputError({ summary: `-o: ${file} cannot be written: ${systemReason(error)}` })
  }
  throw new InputError({ summary: `-o: ${file} is a folder`, hint: `-o ${file}/plan.json` })
}

/** @throws InputError when it is no plan, or one for another playbook, other variables, or other hosts or tasks. */
export function readPlan(file: string, now: Pick<SavedPlan, 'hash' | 'selection'>): readonly PlannedTask[] {
  const plan = parsePlan(file)
  if (plan.hash !== now.hash)
    throw new InputError({
      summary: `${file} was planned for another text of the playbook, or with other variables`,
      hint: `make a new one: playbook plan ${plan.playbook} -o ${file}`,
    })
  const [planned, asked] = [plan.selection, now.selection].map((options) => options.join(' '))
  if (planned !== asked)
    throw new InputError({
      summary: `${file} was planned with ${planned || 'no --limit, --tags and the like'}, and is asked for with ${asked || 'none'}`,
      hint: `playbook run ${shownPath(plan.playbook)} --plan ${file}${planned ? ` ${planned}` : ''}`,
    })
  return plan.tasks
}

/** The options that choose hosts and tasks, as they are typed. */
export function selectionOf({ limit, tags = [], skipTags = [], startAt }: RunSettings): string[] {
  const given = [
    ['--limit', limit],
    ['--tags', tags.join(',')],
    ['--skip-tags', skipTags.join(',')],
    ['--start-at-task', startAt],
  ] as const
  return given.flatMap(([option, value]) => (value ? [`${option} ${quote(value)}`] : []))
}

/** @throws InputError that names every task that would now change something else than was planned. */
export function refuseDrift(file: string, planned: readonly PlannedTask[], events: readonly RunEvent[]): void {
  const differences = drift(planned, plannedTasks(events))
  if (differences.length === 0) return
  throw new InputError({
    summary: `${file} is not applied: hosts are no longer as they were when it was made`,
    detail: differences.flatMap((one) => [one.sentence, ...diffsNow(one, events)]).join('\n'),
    hint: 'make a new plan, read it, and apply that',
  })
}

/** What it would change now, as diffs; a plan keeps none, for they tell what stands on hosts. */
function diffsNow({ task, host }: Drift, events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'host.end' || event.task !== task || event.host !== host) return []
    const shown = event.changes.flatMap(({ diff }) => (diff ? [plain(showDifference(diff))] : []))
    return shown.map((text) => indent(text, 4))
  })
}

function parsePlan(file: string): SavedPlan {
  try {
    return savedPlan.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const hint = 'playbook plan FILE -o plan.json'
    if (error instanceof z.ZodError)
      throw new InputError({
        summary: `${file} is no plan that this version saved`,
        detail: z.prettifyError(error),
        hint,
      })
    const reason =
      error instanceof SyntaxError ? 'is no saved plan: it is not JSON' : `cannot be read: ${systemReason(error)}`
    throw new InputError({ summary: `${file} ${reason}`, hint })
  }
}
