import { readFileSync } from 'node:fs'
import { parse, parseDocument } from 'yaml'
import { InputError } from '../core/errors.ts'

/**
 * The variables of `-e`: `name=value`, the value a YAML scalar, or `@file`, a YAML or JSON mapping. Later ones win.
 *
 * @throws InputError
 */
export function extraVars(given: readonly string[]): Record<string, unknown> {
  return Object.assign({}, ...given.map((text) => (text.startsWith('@') ? fromFile(text.slice(1)) : fromText(text))))
}

function fromText(text: string): Record<string, unknown> {
  const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InputError({ summary: `-e ${text}: expected name=value or @file`, hint: '-e pool=mirror-pool-test' })
  return { [name]: scalar(value) }
}

/** What YAML makes of a value on one line (`3`, `true`, `"3"`, `[a, b]`); what it cannot read, or reads as more, is text. */
function scalar(text: string): unknown {
  const marked = /^\s*[[{"']/.test(text)
  if (text.trim() === '' || (text.includes('\n') && !marked)) return text
  try {
    const value: unknown = parse(text)
    return typeof value === 'object' && value !== null && !marked ? text : value
  } catch {
    return text
  }
}

function fromFile(file: string): Record<string, unknown> {
  const document = parseDocument(read(file))
  const [error] = document.errors
  if (error) {
    const [start] = error.linePos ?? []
    throw new InputError({
      summary: error.message.split('\n')[0] ?? 'not YAML',
      location: { file, line: start?.line, column: start?.col },
    })
  }
  const value: unknown = document.toJS()
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new InputError({ summary: 'expected variables as a mapping, name: value', location: { file } })
  return { ...value }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new InputError({ summary: `-e @${file}: ${(error as Error).message}` })
  }
}
