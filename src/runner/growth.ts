import { withSecrets } from '../core/fetched-secret.ts'
import type { Addition, Inventory } from '../core/host.ts'
import { type Schedule, tasksOf } from './schedule.ts'

/** What the tasks of a run add to its inventory. Each play works with the one that there is when it begins. */
export interface Growth {
  /** @throws InputError for what an inventory cannot hold; it is then left out. */
  add(addition: Addition): Promise<void>
  /** With all that was added. */
  inventory(): Inventory
}

export function createGrowth(start: Inventory): Growth {
  let grown = start
  let last: Promise<unknown> = Promise.resolve()
  return {
    add: (addition) => {
      const adding = last.then(async () => {
        grown = await withSecrets(() => grown.adding(addition))
      })
      last = adding.catch(() => undefined)
      return adding
    },
    inventory: () => grown,
  }
}

/** Names of groups and hosts that tasks of a play may add, so that later plays may name them. */
export function mayAdd({ items, handlers }: Pick<Schedule, 'items' | 'handlers'>): readonly string[] {
  return [...tasksOf(items), ...handlers.values()].flatMap(({ task }) => task.call.mayAdd ?? [])
}
