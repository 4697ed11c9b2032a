import { InputError } from '../core/errors.ts'
import type { Task } from '../core/task.ts'

/** What a task left on one host. */
export interface Outcome {
  /** Undefined while it is known only after apply. */
  readonly output: unknown
  /** `maybe`: that too is known only after apply. */
  readonly changed: boolean | 'maybe'
  /** The output is what a plan takes for it until it is known. */
  readonly foreseen: boolean
  /** Its condition did not hold: it changed nothing, and has no output. */
  readonly notWanted: boolean
}

/** Thrown by `output()` when the value will be there only after something else was done. */
export class NotKnownYet extends Error {
  readonly task: Task
  readonly host: string

  constructor(task: Task, host: string) {
    super(`the output of "${task.name}" on ${host}`)
    this.task = task
    this.host = host
  }
}

/** The outputs of a run, by task and host. */
export interface Outputs {
  record(task: Task, host: string, outcome: Outcome): void
  /** @throws NotKnownYet when the task has not run there, or left nothing that is known. */
  output(task: Task, host: string): unknown
  changed(task: Task, host: string): boolean
  mayHaveChanged(task: Task, host: string): boolean
  /** Turns “not known yet” into an error where nothing more will come. */
  missing(error: NotKnownYet): InputError
  ran(task: Task, host: string): boolean
  /** Whether `output` has an answer. */
  known(task: Task, host: string): boolean
  /** Whether that answer stands for one that only apply will tell. */
  foreseen(task: Task, host: string): boolean
}

export function createOutputs(): Outputs {
  const outcomes = new Map<Task, Map<string, Outcome>>()
  const find = (task: Task, host: string) => outcomes.get(task)?.get(host)
  const ran = (task: Task, host: string) => find(task, host)?.notWanted === false
  return {
    record: (task, host, outcome) => {
      const byHost = outcomes.get(task) ?? new Map<string, Outcome>()
      outcomes.set(task, byHost.set(host, outcome))
    },
    output: (task, host) => {
      const outcome = find(task, host)
      if (outcome?.output === undefined) throw new NotKnownYet(task, host)
      return outcome.output
    },
    changed: (task, host) => {
      const outcome = find(task, host)
      if (!outcome || outcome.changed === 'maybe') throw new NotKnownYet(task, host)
      return outcome.changed
    },
    mayHaveChanged: (task, host) => {
      const outcome = find(task, host)
      if (!outcome) throw new NotKnownYet(task, host)
      return outcome.changed !== false
    },
    ran,
    known: (task, host) => find(task, host)?.output !== undefined,
    foreseen: (task, host) => find(task, host)?.foreseen ?? false,
    missing: ({ task, host }) =>
      new InputError({
        summary: ran(task, host)
          ? `task "${task.name}" left no output on ${host}`
          : `task "${task.name}" has not run on ${host}, and its output is needed here`,
        hint: `let it run there first, without failing or being skipped (hosts that have its output: ${
          [...(outcomes.get(task)?.keys() ?? [])].filter((name) => ran(task, name)).join(', ') || 'none'
        })`,
      }),
  }
}
