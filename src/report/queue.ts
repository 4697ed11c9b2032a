/** Things that come one by one, until it is closed. */
export interface Queue<Item> {
  push(item: Item): void
  /** No more will come; what was pushed is still handed out. */
  close(): void
  /** All that came since, as soon as there is any; none after the last. */
  next(): Promise<readonly Item[]>
}

/** A queue with one reader. */
export function createQueue<Item>(): Queue<Item> {
  const items: Item[] = []
  let closed = false
  let wake: (() => void) | undefined
  return {
    push: (item) => {
      items.push(item)
      wake?.()
    },
    close: () => {
      closed = true
      wake?.()
    },
    next: async () => {
      while (items.length === 0 && !closed)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return items.splice(0)
    },
  }
}
