import { z } from 'zod'
import { TaskFailed } from '../core/errors.ts'
import type { ChangeView, RunEvent, TaskView } from '../core/events.ts'

const plannedTask = z.strictObject({
  task: z.string(),
  name: z.string(),
  host: z.string(),
  changes: z.array(z.strictObject({ summary: z.string(), command: z.string(), fingerprint: z.string() })),
  /** Set where the changes cannot be known before others are made; such a task is not held to them. */
  note: z.string().optional(),
})

/** What one task was planned to change on one host. */
export type PlannedTask = z.infer<typeof plannedTask>

/** What `playbook plan -o` writes. It holds no secrets: the input of a command that is secret is not in it. */
export const savedPlan = z.strictObject({
  format: z.literal(1),
  /** The playbook and everything it was planned with; a plan is applied only with the same. */
  playbook: z.string(),
  hash: z.string(),
  time: z.string(),
  tasks: z.array(plannedTask),
})

export type SavedPlan = z.infer<typeof savedPlan>

/** The tasks of a check run, from its events. */
export function plannedTasks(events: readonly RunEvent[]): PlannedTask[] {
  const names = new Map(
    events.flatMap((event) => (event.type === 'task.start' ? [[event.task.id, event.task.name]] : [])),
  )
  return events.flatMap((event): PlannedTask[] => {
    if (event.type !== 'host.end' || (event.changes.length === 0 && !event.note)) return []
    const { task, host, changes, note } = event
    return [
      {
        task,
        name: names.get(task) ?? task,
        host,
        changes: changes.map(({ summary, command, fingerprint }) => ({ summary, command, fingerprint })),
        ...(note ? { note } : {}),
      },
    ]
  })
}

/** Every difference between a saved plan and what a plan says now, in sentences; none when nothing drifted. */
export function drift(saved: readonly PlannedTask[], now: readonly PlannedTask[]): string[] {
  const key = ({ task, host }: PlannedTask) => `${task} ${host}`
  const before = new Map(saved.map((planned) => [key(planned), planned]))
  const after = new Map(now.map((planned) => [key(planned), planned]))
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)]
    const either = was ?? is
    if (!either || was?.note || is?.note || sameChanges(was?.changes ?? [], is?.changes ?? [])) return []
    return [`${either.host}: "${either.name}" was planned to ${words(was)}, and would now ${words(is)}`]
  })
}

/** A saved plan, as the runner holds tasks to it. */
export interface PlannedChanges {
  /** @throws TaskFailed when a task is about to change something else than planned. */
  demand(task: TaskView, host: string, changes: readonly ChangeView[]): void
}

export function planToHold(tasks: readonly PlannedTask[]): PlannedChanges {
  const byTask = new Map(tasks.map((planned) => [`${planned.task} ${planned.host}`, planned]))
  return {
    demand: ({ id, name }, host, changes) => {
      const planned = byTask.get(`${id} ${host}`)
      if (planned?.note || sameChanges(planned?.changes ?? [], changes)) return
      const is = { task: id, name, host, changes: [...changes] }
      throw new TaskFailed({
        summary: `${host} is no longer as it was planned: "${name}" was to ${words(planned)}, and would now ${words(is)}`,
        hint: 'make a new plan, read it, and apply that',
      })
    },
  }
}

type Compared = readonly Pick<ChangeView, 'fingerprint'>[]

function sameChanges(a: Compared, b: Compared): boolean {
  return a.length === b.length && a.every(({ fingerprint }, index) => fingerprint === b[index]?.fingerprint)
}

function words(planned: Pick<PlannedTask, 'changes'> | undefined): string {
  if (!planned || planned.changes.length === 0) return 'change nothing'
  return planned.changes.map(({ summary }) => summary).join(', ')
}
