import { type Diagnosis, InputError, type TaskFailed } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import type { Location } from '../core/location.ts'
import { type ScheduledItem, type ScheduledTask, tasksOf } from '../runner/schedule.ts'
import { shownPath } from './shown-path.ts'

/** What becomes of a task on a host as far as can be told without asking it; a failure is certain. */
export type End = 'may run' | 'not here' | TaskFailed

/** A task and how it ends on each host of its play. */
export interface Trial {
  readonly task: ScheduledTask
  readonly hosts: readonly Host[]
  readonly ends: readonly End[]
}

/**
 * Tasks that fail whatever hosts are like. On some: a guard that finds fault with the inventory. On all: a dead end, and
 * what stands behind it is never reached.
 */
export function certainEnds(trials: readonly Trial[], items: readonly ScheduledItem[]) {
  const failures: { readonly error: InputError; readonly location: Location | undefined }[] = []
  const deadEnds: Diagnosis[] = []
  for (const { task, hosts, ends } of trials) {
    const failed = ends.flatMap((end, index) => (typeof end === 'string' ? [] : [{ end, host: hosts[index]?.name }]))
    const [first] = failed
    if (!first || isExpected(task, items)) continue
    const { name, location } = task.view
    const names = failed.map(({ host }) => host).join(', ')
    if (failed.length === hosts.length) deadEnds.push(deadEnd(task, first.end.message, items))
    else
      failures.push({
        error: new InputError({ summary: `"${name}" would fail on ${names}: ${first.end.message}` }),
        location,
      })
  }
  return { failures, deadEnds }
}

/** Where a failure is not the end: it is ignored, rescued, or itself part of a rescue. */
function isExpected({ task }: ScheduledTask, items: readonly ScheduledItem[]): boolean {
  const rescued = items.flatMap((item) =>
    item.kind === 'block' && item.rescue.length > 0 ? tasksOf([item]).map((inside) => inside.task) : [],
  )
  return task.options.ignoreErrors === true || rescued.includes(task)
}

function deadEnd(
  { task, view: { name, location } }: ScheduledTask,
  why: string,
  items: readonly ScheduledItem[],
): Diagnosis {
  const at = items.findIndex((item) => item.kind === 'task' && item.task === task)
  const behind = at < 0 ? [] : tasksOf(items.slice(at + 1)).map((later) => later.view.name)
  return {
    summary: `"${name}" fails on every host: ${why}`,
    location: location && { file: shownPath(location.file), line: location.line },
    ...(behind.length > 0 ? { detail: `never reached: ${behind.join(', ')}` } : {}),
  }
}
