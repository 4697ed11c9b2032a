import { StringDecoder } from 'node:string_decoder'

/** Bytes kept of one stream of one command; the rest is counted and dropped. */
export const defaultKeep = 16 * 1024 * 1024

export interface Capture {
  add(bytes: Buffer): void
  /** What was kept, as text; bytes that are no UTF-8 become U+FFFD. */
  text(): string
  /** Bytes that were dropped. */
  dropped(): number
}

/** Collects what a command prints, up to `keep` bytes, and passes it on as text while it arrives. */
export function capture(keep: number, onText?: (text: string) => void): Capture {
  const chunks: Buffer[] = []
  const decoder = onText && new StringDecoder('utf8')
  let kept = 0
  let dropped = 0
  return {
    add(bytes) {
      const part = bytes.subarray(0, keep - kept)
      // A copy, because a slice would keep the whole buffer it was cut from.
      if (part.length > 0) chunks.push(part.length < bytes.buffer.byteLength / 2 ? Buffer.from(part) : part)
      kept += part.length
      dropped += bytes.length - part.length
      const text = decoder?.write(bytes)
      if (text) onText?.(text)
    },
    text() {
      const rest = decoder?.end()
      if (rest) onText?.(rest)
      return Buffer.concat(chunks).toString('utf8')
    },
    dropped: () => dropped,
  }
}

/** Says what is missing, on a line of its own below what the command printed on standard error. */
export function withNotes(stderr: string, dropped: { readonly stdout: number; readonly stderr: number }): string {
  const notes = (['stdout', 'stderr'] as const)
    .filter((stream) => dropped[stream] > 0)
    .map((stream) => `[ceph-playbook: ${dropped[stream]} more bytes of ${stream} were dropped]\n`)
  if (notes.length === 0) return stderr
  return `${stderr}${stderr === '' || stderr.endsWith('\n') ? '' : '\n'}${notes.join('')}`
}
