/**
 * The words of a line as Python's `shlex.split(line, comments=True)` parts them: POSIX quotes and backslashes; a `#`
 * outside quotes begins a comment, even in the middle of a word.
 *
 * @throws Error when a quote stays open or the line ends in a backslash.
 */
export function shellWords(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  for (const part of parts(line)) {
    if (part.kind === 'text') word = (word ?? '') + part.text
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}

type Part = { readonly kind: 'space' } | { readonly kind: 'text'; readonly text: string }

const token = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|(#)|([ \t\r\n]+)|(['"\\])|([^'"\\# \t\r\n]+)/g

function* parts(line: string): Generator<Part> {
  for (const [, single, double, escaped, comment, space, open, text] of line.matchAll(token)) {
    if (open !== undefined)
      throw new Error(open === '\\' ? 'a backslash ends the line' : `the quote ${open} stays open`)
    if (comment !== undefined) return
    if (space !== undefined) yield { kind: 'space' }
    else yield { kind: 'text', text: single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? text ?? '' }
  }
}
