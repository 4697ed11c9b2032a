/**
 * Cuts hosts into batches as a play's `serial` says: numbers or percentages of all, the last repeated until no host is
 * left; none means all at once.
 */
export function batches<Item>(items: readonly Item[], serial: readonly (number | string)[]): Item[][] {
  const sizes = serial.map((size) => batchSize(size, items.length))
  const result: Item[][] = []
  let rest = [...items]
  while (rest.length > 0) {
    const size = sizes[Math.min(result.length, sizes.length - 1)] ?? rest.length
    result.push(rest.slice(0, size))
    rest = rest.slice(size)
  }
  return result
}

/** What a play's `serial` may hold was checked when it was made. */
function batchSize(size: number | string, total: number): number {
  const percent = /^(\d+)%$/.exec(String(size))
  return Math.max(1, percent ? Math.floor((total * Number(percent[1])) / 100) : Number(size))
}
