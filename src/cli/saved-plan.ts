import { accessSync, constants, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
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
    throw new InputError({ summary: `--save: ${file} cannot be written: ${(error as Error).message}` })
  }
  throw new InputError({ summary: `--save: ${file} is a folder`, hint: `-o ${file}/plan.json` })
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
    const hint = 'playbook plan FILE -o plan.json'
    if (error instanceof z.ZodError)
      throw new InputError({
        summary: `${file} is no plan that this version saved`,
        detail: z.prettifyError(error),
        hint,
      })
    const reason = error instanceof SyntaxError ? 'is no saved plan: it is not JSON' : `cannot be read: ${error}`
    throw new InputError({ summary: `${file} ${reason}`, hint })
  }
}
