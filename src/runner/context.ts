import { InputError } from '../core/errors.ts'
import type { Host, Inventory } from '../core/host.ts'
import type { Task, TaskContext } from '../core/task.ts'
import type { Outputs } from './outputs.ts'

/** A context that remembers whether it was asked for the outputs of other tasks. */
export interface TrackedContext extends TaskContext {
  readonly dependent: () => boolean
  /** One of those that it answered with stands for what only apply will tell. */
  readonly foreseen: () => boolean
}

export function createContext(host: Host, inventory: Inventory, outputs: Outputs): TrackedContext {
  let dependent = false
  let foreseen = false
  const named = (other: Host | string | undefined): string => {
    const name = typeof other === 'string' ? other : (other ?? host).name
    if (!inventory.hosts.has(name)) throw new InputError({ summary: `there is no host "${name}" in the inventory` })
    return name
  }
  return {
    host,
    hosts: (pattern) => inventory.select(pattern),
    output: <Output>(task: Task<Output>, other?: Host | string): Output => {
      dependent = true
      foreseen ||= outputs.foreseen(task, named(other))
      return outputs.output(task, named(other)) as Output
    },
    changed: (task, other) => {
      dependent = true
      return outputs.changed(task, named(other))
    },
    mayHaveChanged: (task, other) => {
      dependent = true
      return outputs.mayHaveChanged(task, named(other))
    },
    ran: (task, other) => {
      dependent = true
      return outputs.ran(task, named(other))
    },
    dependent: () => dependent,
    foreseen: () => foreseen,
  }
}
