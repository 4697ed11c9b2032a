import type { Change } from '../core/change.ts'
import type { Diagnosis } from '../core/errors.ts'
import type { ChangeView, HostStatus } from '../core/events.ts'
import { viewOf } from './change-view.ts'

/** How a task ended on a host. */
export interface TaskResult {
  readonly status: HostStatus
  readonly changes: readonly ChangeView[]
  readonly note?: string
  readonly failure?: Diagnosis
  /** What later tasks may use; undefined while not known. */
  readonly output?: unknown
  /** The output stands for one that only apply will tell. */
  readonly foreseen?: boolean
  /** Skipped because its condition does not hold: it is certain that it changed nothing. */
  readonly notWanted?: true
  /** Skipped because the run that is resumed did it. */
  readonly doneBefore?: true
  /** What it will change is known only after apply. */
  readonly unforeseen?: true
}

/** What is told of changes; those that do not count leave a task `ok`. */
export function summaryOf(changes: readonly Change[]): Pick<TaskResult, 'status' | 'changes'> {
  const counted = changes.some(({ counts = true }) => counts)
  return { status: counted ? 'changed' : 'ok', changes: changes.map(viewOf) }
}
