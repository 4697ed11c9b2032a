import type { Reporter } from '../core/events.ts'

/** One event a line, as JSON (JSON Lines, UTF-8): what core/events.ts declares, in order. */
export function jsonReporter({ write }: { readonly write: (text: string) => void }): Reporter {
  return { on: (event) => write(`${JSON.stringify(event)}\n`) }
}
