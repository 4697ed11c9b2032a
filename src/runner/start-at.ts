import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { type Schedule, tasksOf } from './schedule.ts'

/**
 * Ids of the tasks that stand before the first one with a name; none when no name is given.
 *
 * @throws InputError when there is no such task among those that run.
 */
export function tasksBefore(schedules: readonly Schedule[], name: string | undefined): ReadonlySet<string> {
  if (name === undefined) return new Set()
  const tasks = schedules.flatMap(({ items }) => tasksOf(items))
  const start = tasks.findIndex(({ view }) => view.name === name)
  if (start >= 0) return new Set(tasks.slice(0, start).map(({ view }) => view.id))
  const guess = nearest(
    name,
    tasks.map(({ view }) => view.name),
  )
  throw new InputError({
    summary: `--start-at-task: no task that would run is named "${name}"`,
    hint: guess ? `did you mean "${guess}"?` : '--list-tasks tells their names',
  })
}
