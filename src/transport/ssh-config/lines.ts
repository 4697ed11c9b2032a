import { Fault } from './fault.ts'

/** One line of an ssh_config file: a keyword in small letters, the text after it, and that text as words. */
export interface ConfigLine {
  readonly keyword: string
  readonly rest: string
  readonly words: readonly string[]
}

/**
 * Reads a line as OpenSSH does: `Keyword value`, `Keyword=value`, quotes of both kinds, backslashes before quotes and
 * spaces, a comment at the end.
 *
 * @returns undefined for an empty line or a comment. Throws a Fault.
 */
export function readLine(line: string): ConfigLine | undefined {
  const [, keyword = '', rest = ''] =
    /^[ \t\r\n]*([^ \t\r\n=]*)(?:[ \t]*=[ \t]*|[ \t]+|$)(.*?)[ \t\r\n\f]*$/s.exec(line) ?? []
  if (keyword === '' || keyword.startsWith('#')) return undefined
  if (rest === '') throw new Fault(`there is no value after "${keyword}"`)
  return { keyword: keyword.toLowerCase(), rest, words: splitWords(rest) }
}

/** A piece of a word: an escaped character, a text in quotes of either kind, or a plain character. */
const piece = /\\(["'\\ ])|"((?:\\["'\\]|\\(?!["'\\])|[^"\\])*)"|'((?:\\["'\\]|\\(?!["'\\])|[^'\\])*)'|([^ \t"'])/sy

/** Words by the quoting rules of a configuration line. Throws a Fault. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let at = 0
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++
    if (at >= text.length || text[at] === '#') return words
    let word = ''
    while (at < text.length && text[at] !== ' ' && text[at] !== '\t') {
      piece.lastIndex = at
      const match = piece.exec(text)
      if (!match) throw new Fault('a quote is not closed')
      const [whole, escaped, double, single, plain] = match
      word += escaped ?? plain ?? (double ?? single ?? '').replace(/\\(["'\\])/g, '$1')
      at += whole.length
    }
    words.push(word)
  }
}
