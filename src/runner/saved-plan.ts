import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Difference } from '../core/change.ts'
import { TaskFailed } from '../core/errors.ts'
import type { ChangeView, RunEvent, TaskView } from '../core/events.ts'
import { fitsSpelledOut } from '../core/stand-in.ts'

const plannedChange = z.strictObject({
  summary: z.string(),
  command: z.string(),
  fingerprint: z.string(),
  /** Equal where the same stood there before. */
  was: z.string().optional(),
  /** Why it may turn out to be needless: it is made, or not. */
  maybe: z.string().optional(),
  /** Parts of it, `(known after apply: …)` in its texts, may become anything. */
  open: z.literal(true).optional(),
})

type PlannedChange = z.infer<typeof plannedChange>

const plannedTask = z.strictObject({
  task: z.string(),
  name: z.string(),
  host: z.string(),
  changes: z.array(plannedChange),
  /** Its changes cannot be known before others are made: it is not held to them. */
  unforeseen: z.literal(true).optional(),
})

/** What one task was planned to change on one host. */
export type PlannedTask = z.infer<typeof plannedTask>

/** What `playbook plan -o` writes. It holds no secrets: the input of a command that is secret is not in it. */
export const savedPlan = z.strictObject({
  format: z.literal(3),
  /** The playbook and everything it was planned with; a plan is applied only with the same. */
  playbook: z.string(),
  hash: z.string(),
  time: z.string(),
  /** The options that it was planned with, as they are typed: `--limit west`. */
  selection: z.array(z.string()),
  tasks: z.array(plannedTask),
})

export type SavedPlan = z.infer<typeof savedPlan>

/** The tasks of a check run, from its events. */
export function plannedTasks(events: readonly RunEvent[]): PlannedTask[] {
  const names = new Map(
    events.flatMap((event) => (event.type === 'task.start' ? [[event.task.id, event.task.name]] : [])),
  )
  return events.flatMap((event): PlannedTask[] => {
    if (event.type !== 'host.end' || (event.changes.length === 0 && !event.unforeseen)) return []
    const { task, host, changes, unforeseen } = event
    return [
      {
        task,
        name: names.get(task) ?? task,
        host,
        changes: changes.map(({ diff, ...change }) => ({ ...change, ...(diff ? foundBefore(diff) : {}) })),
        ...(unforeseen ? { unforeseen } : {}),
      },
    ]
  })
}

/** What a change was to replace, as a checksum; not of a remark of several words, which may pass. */
function foundBefore(diff: Difference): { readonly was?: string } {
  const found = 'path' in diff ? diff.before : diff.from
  if (!('path' in diff) && typeof found === 'string' && found.includes(' ')) return {}
  return {
    was: createHash('sha256')
      .update(JSON.stringify([found]))
      .digest('hex')
      .slice(0, 16),
  }
}

/** A task that would now change something else on a host than was planned, or something that is no longer as it was. */
export interface Drift {
  readonly task: string
  readonly host: string
  readonly sentence: string
}

/** Every difference between a saved plan and what a plan says now; none when nothing drifted. */
export function drift(saved: readonly PlannedTask[], now: readonly PlannedTask[]): Drift[] {
  const key = ({ task, host }: PlannedTask) => `${task} ${host}`
  const before = new Map(saved.map((planned) => [key(planned), planned]))
  const after = new Map(now.map((planned) => [key(planned), planned]))
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)]
    const either = was ?? is
    if (!either || (was?.unforeseen === is?.unforeseen && sameChanges(was?.changes ?? [], is?.changes ?? []))) return []
    const { task, host, name: taskName } = either
    const [planned, would] = [words(was), words(is)]
    const same = `would still ${would}, but what stands there is no longer what the plan found`
    const other = `was planned to ${planned}, and would now ${would}`
    return [{ task, host, sentence: `${host}: "${taskName}" ${planned === would ? same : other}` }]
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
      if (planned?.unforeseen || isPlanned(planned?.changes ?? [], changes)) return
      const is = { task: id, name, host, changes: [...changes] }
      throw new TaskFailed({
        summary: `${host} is no longer as it was planned: "${name}" was to ${words(planned)}, and would now ${words(is)}`,
        hint: 'make a new plan, read it, and apply that',
      })
    },
  }
}

function sameChanges(a: readonly PlannedChange[], b: readonly PlannedChange[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ fingerprint, was }, index) => fingerprint === b[index]?.fingerprint && was === b[index]?.was)
  )
}

/** Whether changes are those that were planned, in order: all of them, but for those that may be needless. */
function isPlanned(planned: readonly PlannedChange[], changes: readonly ChangeView[]): boolean {
  const rest = [...planned]
  for (const change of changes) {
    while (rest[0] && !fits(rest[0], change)) if (!rest.shift()?.maybe) return false
    if (!rest.shift()) return false
  }
  return rest.every(({ maybe }) => maybe)
}

function fits({ summary, command, fingerprint, open }: PlannedChange, change: ChangeView): boolean {
  if (!open) return fingerprint === change.fingerprint
  return fitsSpelledOut(summary, change.summary) && fitsSpelledOut(command, change.command)
}

function words(planned: Pick<PlannedTask, 'changes' | 'unforeseen'> | undefined): string {
  if (planned?.unforeseen) return 'change what is known only after apply'
  if (!planned || planned.changes.length === 0) return 'change nothing'
  return planned.changes.map(({ summary }) => summary.trim()).join(', ')
}
