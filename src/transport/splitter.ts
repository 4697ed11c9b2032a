const newline = 0x0a
const longestMark = 256

export interface Sink {
  data(bytes: Buffer): void
  /** The words after the nonce in a mark, as in `begin` or `3 0`. */
  mark(words: string): void
}

export interface Splitter {
  push(chunk: Buffer): void
  /** From now on, cuts at this nonce; undefined drops all that comes. */
  watch(nonce: string | undefined, sink?: Sink): void
}

/**
 * Cuts a stream of bytes at its marks, `NONCE words\n`. What comes before a mark is passed on exactly, as soon as it
 * cannot be the beginning of a mark any more. Works on bytes: output that is no text passes unharmed.
 */
export function createSplitter(): Splitter {
  let nonce: Buffer | undefined
  let sink: Sink | undefined
  let rest: Buffer = Buffer.alloc(0)

  /** Returns false when more bytes are needed. */
  function step(): boolean {
    if (!nonce || !sink) {
      rest = Buffer.alloc(0)
      return false
    }
    const at = rest.indexOf(nonce)
    const end = at < 0 ? -1 : rest.indexOf(newline, at)
    const safe = at < 0 ? rest.length - overlap(rest, nonce) : at
    if (safe > 0) sink.data(rest.subarray(0, safe))
    if (end < 0) {
      rest = Buffer.from(rest.subarray(safe))
      if (rest.length > longestMark) rest = Buffer.alloc(0)
      return false
    }
    const words = rest.toString('utf8', at + nonce.length + 1, end)
    rest = rest.subarray(end + 1)
    sink.mark(words)
    return true
  }

  return {
    push(chunk) {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      while (rest.length > 0 && step());
    },
    watch(text, next) {
      nonce = text === undefined ? undefined : Buffer.from(text)
      sink = next
    },
  }
}

/** How many bytes at the end could be the beginning of the nonce. */
function overlap(bytes: Buffer, nonce: Buffer): number {
  for (let size = Math.min(bytes.length, nonce.length - 1); size > 0; size--)
    if (bytes.subarray(bytes.length - size).equals(nonce.subarray(0, size))) return size
  return 0
}
