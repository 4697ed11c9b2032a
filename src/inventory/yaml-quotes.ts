import type { YAMLError } from 'yaml'

export interface Repaired {
  readonly text: string
  /** Where the line ends on which the quoted scalar does. */
  readonly end: number
}

/**
 * The text with the lines of one quoted scalar indented, when `error` complains that they are not; else undefined.
 *
 * YAML wants the lines on which a quoted text goes on to be indented with spaces. PyYAML, which is what Ansible reads
 * with, does not ask for it, and files that begin them in the first column or with a tab are common. What stands before
 * the first character of such a line is no part of the value, so spaces put there change nothing.
 */
export function indentQuoted(text: string, { code, message, pos: [at] }: YAMLError): Repaired | undefined {
  const quote = code === 'MISSING_CHAR' ? /^Missing closing (["'])quote/.exec(message)?.[1] : undefined
  const next = text.indexOf('\n', at) + 1
  if (quote === undefined || next === 0) return undefined
  const end = closing(text, next, quote)
  if (end === undefined) return undefined
  const indent = ' '.repeat(at - text.lastIndexOf('\n', at - 1))
  const start = text.slice(0, next) + text.slice(next, end).replace(/^/gm, indent)
  const [rest = ''] = text.slice(end).split('\n', 1)
  return { text: start + text.slice(end), end: start.length + rest.length }
}

/** Where the quote that ends a text stands, from a place inside of it on. */
function closing(text: string, from: number, quote: string): number | undefined {
  const skipped = quote === '"' ? /\\[\s\S]|[^"\\]/y : /''|[^']/y
  skipped.lastIndex = from
  let end = from
  while (skipped.test(text)) end = skipped.lastIndex
  return text[end] === quote ? end : undefined
}
