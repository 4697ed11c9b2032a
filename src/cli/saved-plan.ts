import { readFileSync, writeFileSync } from 'node:fs'
import { InputError } from '../core/errors.ts'
import type { Reporter, RunEvent } from '../core/events.ts'
import { drift, type PlannedTask, plannedTasks, type SavedPlan, savedPlan } from '../runner/saved-plan.ts'

/** Remembers the events of a run, so that its plan can be saved or compared. */
export function recorder(): Reporter & { readonly events: readonly RunEvent[] } {
  const events: RunEvent[] = []
  return { events, on: (event) => events.push(event) }
}

/** Writes a plan that `run --plan` applies; readable for its owner alone, since it tells what stands on hosts. */
export function writePlan(file: string, playbook: string, hash: string, events: readonly RunEvent[]): void {
  const time = new Date().toISOString()
  const plan: SavedPlan = { format: 2, playbook, hash, time, tasks: plannedTasks(events) }
  writeFileSync(file, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: 0o600 })
}

/** @throws InputError when it is no plan, or one for another playbook or other variables. */
export function readPlan(file: string, hash: string): readonly PlannedTask[] {
  const plan = parsePlan(file)
  if (plan.hash !== hash)
    throw new InputError({
      summary: `${file} was planned for another text of the playbook, or with other variables`,
      hint: `make a new one: playbook plan ${plan.playbook} -o ${file}`,
    })
  return plan.tasks
}

/** @throws InputError that names every task that would now change something else than was planned. */
export function refuseDrift(file: string, planned: readonly PlannedTask[], events: readonly RunEvent[]): void {
  const differences = drift(planned, plannedTasks(events))
  if (differences.length === 0) return
  throw new InputError({
    summary: `${file} is not applied: hosts are no longer as they were when it was made`,
    detail: differences.join('\n'),
    hint: 'make a new plan, read it, and apply that',
  })
}

function parsePlan(file: string): SavedPlan {
  try {
    return savedPlan.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const reason = error instanceof SyntaxError || !(error instanceof Error) ? 'not JSON' : error.message
    throw new InputError({ summary: `${file} is no saved plan: ${reason}`, hint: 'playbook plan FILE -o plan.json' })
  }
}
