import { fileURLToPath } from 'node:url'

/** A place in a text that a person wrote: a playbook, an inventory, a vars file. Lines and columns count from 1. */
export interface Location {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/** `file:line:column`, as editors and terminals make clickable. */
export function formatLocation({ file, line, column }: Location): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

/** Where this package's own code lies: a role of ours is somewhere in a playbook, and that is the place to show. */
const own = fileURLToPath(new URL('..', import.meta.url))

const frame = /\(?(?:file:\/\/)?(\/[^()]*?|[A-Za-z]:[^()]*?):(\d+):\d+\)?$/

/**
 * The line that called `callee`: what an error about a task points at. Playbooks are compiled line by line, so its column
 * would be that of the compiled text.
 */
export function callerLocation(callee: (...args: never[]) => unknown): Location | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, callee)
  for (const line of (holder.stack ?? '').split('\n').slice(1)) {
    const match = frame.exec(line.trim())
    if (match?.[1] && !match[1].startsWith(own)) return { file: match[1], line: Number(match[2]) }
  }
  return undefined
}
