import type { HostOrder } from '../core/playbook.ts'

/** Names of hosts, as a pattern gave them, in the order that a play asks for. `random` gives numbers from 0 to 1. */
export function inOrder(names: readonly string[], order: HostOrder, random = Math.random): readonly string[] {
  switch (order) {
    case 'inventory':
      return names
    case 'reverse_inventory':
      return names.toReversed()
    case 'sorted':
      return names.toSorted()
    case 'reverse_sorted':
      return names.toSorted().reverse()
    case 'shuffle':
      return names
        .map((name) => ({ name, place: random() }))
        .sort((a, b) => a.place - b.place)
        .map(({ name }) => name)
  }
}
