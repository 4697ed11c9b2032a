/** A small terminal: understands what is written to it (ECMA-48) well enough to say what stands on its screen. */
export function createTerminal(): {
  write: (text: string) => void
  screen: () => string
  isCursorShown: () => boolean
} {
  const lines: string[] = ['']
  let row = 0
  let column = 0
  let shown = true
  const put = (text: string) => {
    const line = (lines[row] ?? '').padEnd(column)
    lines[row] = line.slice(0, column) + text + line.slice(column + text.length)
    column += text.length
  }
  const control = (parameter: string, final: string) => {
    const number = Number(parameter || 1)
    if (final === 'A') row = Math.max(0, row - number)
    else if (final === 'G') column = number - 1
    else if (final === 'K') lines[row] = parameter === '2' ? '' : (lines[row] ?? '').slice(0, column)
    else if (parameter === '?25') shown = final === 'h'
    else if (final !== 'm') throw new Error(`this terminal does not know ESC [ ${parameter} ${final}`)
  }
  const write = (text: string) => {
    for (const [, parameter = '', final = '', plain] of text.matchAll(pattern)) {
      if (final) control(parameter, final)
      else if (plain === '\n') {
        row++
        column = 0
        lines[row] ??= ''
      } else if (plain === '\r') column = 0
      else if (plain) put(plain)
    }
  }
  return { write, screen: () => lines.map((line) => line.trimEnd()).join('\n'), isCursorShown: () => shown }
}

const pattern = new RegExp(`${String.fromCharCode(27)}\\[([?\\d;]*)([A-Za-z])|([\\n\\r]|[^\\n\\r\\u001b]+)`, 'g')
