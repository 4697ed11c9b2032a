/** What is kept of a line that has not ended yet. */
interface Pending {
  readonly text: string
  /** It became too long, and is passed over until it ends. */
  readonly passedOver: boolean
}

const nothing: Pending = { text: '', passedOver: false }

/**
 * A longer line is not shown at all: to show a piece of it could show the end of a secret whose beginning is cut off,
 * which could not be recognised any more.
 */
const longest = 65_536

/** Cuts output that arrives in pieces into lines, and hands on each that says something. */
export function lastLines(onLine: (line: string) => void): (index: number, stream: string, text: string) => void {
  const open = new Map<string, Pending>()
  return (index, stream, text) => {
    const key = `${index} ${stream}`
    const before = open.get(key) ?? nothing
    const lines = (before.text + text).split(/\r\n|\n|\r/)
    const rest = lines.pop() ?? ''
    const passedOver = (before.passedOver && lines.length === 0) || rest.length > longest
    open.set(key, { text: passedOver ? '' : rest, passedOver })
    for (const line of before.passedOver ? lines.slice(1) : lines)
      if (line.trim() !== '' && line.length <= longest) onLine(line)
  }
}
