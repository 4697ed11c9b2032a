/** Numbers between 0 and 1 that are the same in every run (mulberry32, public domain). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A text with one to eight random changes: cut, doubled, moved, and with pieces put in that parsers stumble over. */
export function mutate(text: string, random: () => number, pieces: readonly string[]): string {
  const below = (limit: number): number => Math.floor(random() * limit)
  let result = text
  for (let changes = 1 + below(8); changes > 0; changes--) {
    const from = below(result.length + 1)
    const to = Math.min(result.length, from + below(20))
    const cut = result.slice(from, to)
    const put = pieces[below(pieces.length)] ?? ''
    const kinds = ['', put, cut + cut, [...cut].reverse().join(''), String.fromCharCode(below(0x180)), cut + put]
    const middle = kinds[below(kinds.length)] ?? ''
    result = result.slice(0, from) + middle + result.slice(below(20) === 0 ? result.length : to)
    if (result.length > 20_000) result = result.slice(0, 20_000)
  }
  return result
}
