/** Cuts output that arrives in pieces into lines, and hands on each that says something. */
export function lastLines(onLine: (line: string) => void): (index: number, stream: string, text: string) => void {
  const pending = new Map<string, string>()
  return (index, stream, text) => {
    const key = `${index} ${stream}`
    const lines = ((pending.get(key) ?? '') + text).split(/\r\n|\n|\r/)
    // A line without an end is kept short: a progress bar may never end it.
    pending.set(key, (lines.pop() ?? '').slice(-4096))
    for (const line of lines) if (line.trim() !== '') onLine(line)
  }
}
