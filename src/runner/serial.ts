import { InputError } from '../core/errors.ts'

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

function batchSize(size: number | string, total: number): number {
  const percent = /^(\d+)%$/.exec(String(size))
  const count = percent ? Math.floor((total * Number(percent[1])) / 100) : Number(size)
  if (!Number.isInteger(count) || count < 0 || (count === 0 && !percent))
    throw new InputError({ summary: `serial: "${size}" is neither a number of hosts nor a percentage such as "25%"` })
  return Math.max(1, count)
}
