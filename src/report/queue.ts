/** Things that come one by one, until it is closed. */
export interface Queue<Item> {
  push(item: Item): void
  /** No more will come; what was pushed is still handed out. */
  close(): void
  /** The next one, as soon as there is one; undefined after the last. */
  next(): Promise<Item | undefined>
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
      return items.shift()
    },
  }
}
