/**
 * The value of a text that is a Python literal: what `ast.literal_eval` makes of it, which is how Ansible types the
 * values of an INI inventory (https://docs.python.org/3/library/ast.html#ast.literal_eval). Undefined when the text is
 * none. Tuples and sets become lists, bytes become text; an integer that a JavaScript number cannot hold exactly becomes
 * text.
 */
export function pythonLiteral(text: string): { value: unknown } | undefined {
  const source = text.replace(/^[ \t]+/, '')
  try {
    const tokens = tokenize(source)
    if (!tokens || tokens.length === 0) return undefined
    const cursor = new Cursor(tokens)
    const value = readTop(cursor)
    return cursor.done ? { value } : undefined
  } catch (error) {
    if (error instanceof NotLiteral) return undefined
    throw error
  }
}

class NotLiteral extends Error {}

type Token =
  | { readonly kind: 'number'; readonly value: number | string }
  | { readonly kind: 'string'; readonly value: string; readonly bytes: boolean }
  | { readonly kind: 'word' | 'mark'; readonly text: string }

const tokenPattern = new RegExp(
  [
    String.raw`(?<space>[ \t\f]+|#.*$)`,
    String.raw`(?<string>(?<prefix>[rRbBuU]|[bB][rR]|[rR][bB])?(?<quoted>'''(?:[^\\]|\\[\s\S])*?'''|"""(?:[^\\]|\\[\s\S])*?"""|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"))`,
    String.raw`(?<float>(?:\d(?:_?\d)*\.(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?|\d(?:_?\d)*[eE][-+]?\d(?:_?\d)*)`,
    String.raw`(?<int>0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*|[1-9](?:_?\d)*)`,
    '(?<word>True|False|None|set)',
    String.raw`(?<mark>[-+,:()[\]{}])`,
  ].join('|'),
  'y',
)

function tokenize(source: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  for (let at = 0; at < source.length; at = tokenPattern.lastIndex) {
    const groups = tokenPattern.exec(source)?.groups
    if (!groups) return undefined
    const token = makeToken(groups)
    if (token) tokens.push(token)
  }
  return tokens
}

function makeToken(groups: Readonly<Record<string, string | undefined>>): Token | undefined {
  const { float, int, word, mark, quoted, prefix = '' } = groups
  if (float !== undefined) return { kind: 'number', value: Number(float.replaceAll('_', '')) }
  if (int !== undefined) return { kind: 'number', value: readInteger(int.replaceAll('_', '')) }
  if (word !== undefined) return { kind: 'word', text: word }
  if (mark !== undefined) return { kind: 'mark', text: mark }
  if (quoted === undefined) return undefined
  const inner = /^(?:'''|""")/.test(quoted) ? quoted.slice(3, -3) : quoted.slice(1, -1)
  const value = /r/i.test(prefix) ? inner : unescapeText(inner)
  return { kind: 'string', value, bytes: /b/i.test(prefix) }
}

function readInteger(digits: string): number | string {
  const value = BigInt(/^0+$/.test(digits) ? '0' : digits)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
}

const simpleEscapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function unescapeText(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g, unescapeOne)
}

function unescapeOne(all: string, octal?: string, hex?: string, short?: string, long?: string, char = ''): string {
  if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
  const code = hex ?? short ?? long
  if (code !== undefined) return codePoint(Number.parseInt(code, 16))
  if ('xuUN'.includes(char)) throw new NotLiteral()
  return simpleEscapes[char] ?? all
}

function codePoint(code: number): string {
  if (code > 0x10ffff) throw new NotLiteral()
  return String.fromCodePoint(code)
}

/** Deeper nesting than Python's own parser takes. */
const maxDepth = 90

class Cursor {
  readonly #tokens: readonly Token[]
  #next = 0
  depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get done(): boolean {
    return this.#next === this.#tokens.length
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  take(): Token {
    const token = this.#tokens[this.#next++]
    if (!token) throw new NotLiteral()
    return token
  }

  isMark(text: string): boolean {
    const token = this.peek()
    return token?.kind === 'mark' && token.text === text
  }

  takeMark(text: string): boolean {
    const found = this.isMark(text)
    if (found) this.#next++
    return found
  }
}

/** A literal, or several with commas between them: a tuple. */
function readTop(cursor: Cursor): unknown {
  const first = readValue(cursor)
  return cursor.isMark(',') ? [first, ...readRest(cursor, () => cursor.done)] : first
}

/** What follows the first item: `, a, b` with a comma at the end allowed. */
function readRest(cursor: Cursor, atEnd: () => boolean): unknown[] {
  const items: unknown[] = []
  while (cursor.takeMark(',')) {
    if (atEnd()) break
    items.push(readValue(cursor))
  }
  return items
}

function readValue(cursor: Cursor): unknown {
  if (++cursor.depth > maxDepth) throw new NotLiteral()
  const value = readNested(cursor)
  cursor.depth--
  return value
}

function readNested(cursor: Cursor): unknown {
  const token = cursor.take()
  if (token.kind === 'number') return token.value
  if (token.kind === 'string') return readStrings(cursor, token)
  if (token.kind === 'word') return readWord(cursor, token.text)
  if (token.text === '-' || token.text === '+') return readSigned(cursor, token.text)
  if (token.text === '(') return readParenthesis(cursor)
  if (token.text === '[') return readList(cursor)
  if (token.text === '{') return readBraces(cursor)
  throw new NotLiteral()
}

function readSigned(cursor: Cursor, sign: string): unknown {
  let open = 0
  while (cursor.takeMark('(')) open++
  const token = cursor.take()
  if (token.kind !== 'number') throw new NotLiteral()
  for (; open > 0; open--) expectMark(cursor, ')')
  if (sign === '+') return token.value
  return typeof token.value === 'number' ? 0 - token.value : `-${token.value}`
}

/** Strings side by side are one string; text and bytes do not mix. */
function readStrings(cursor: Cursor, first: Extract<Token, { kind: 'string' }>): string {
  let text = first.value
  for (let next = cursor.peek(); next?.kind === 'string'; next = cursor.peek()) {
    if (next.bytes !== first.bytes) throw new NotLiteral()
    text += next.value
    cursor.take()
  }
  return text
}

function readWord(cursor: Cursor, word: string): unknown {
  if (word === 'None') return null
  if (word !== 'set') return word === 'True'
  expectMark(cursor, '(')
  expectMark(cursor, ')')
  return []
}

function readParenthesis(cursor: Cursor): unknown {
  if (cursor.takeMark(')')) return []
  const first = readValue(cursor)
  const tuple = cursor.isMark(',')
  const rest = readRest(cursor, () => cursor.isMark(')'))
  expectMark(cursor, ')')
  return tuple ? [first, ...rest] : first
}

function readList(cursor: Cursor): unknown[] {
  if (cursor.takeMark(']')) return []
  const items = [readValue(cursor), ...readRest(cursor, () => cursor.isMark(']'))]
  expectMark(cursor, ']')
  return items
}

function readBraces(cursor: Cursor): unknown {
  if (cursor.takeMark('}')) return {}
  const first = readHashable(cursor)
  if (!cursor.isMark(':')) {
    const items = [first]
    while (cursor.takeMark(',') && !cursor.isMark('}')) items.push(readHashable(cursor))
    expectMark(cursor, '}')
    return [...new Set(items)]
  }
  const entries: [string, unknown][] = []
  for (let key = first; ; key = readHashable(cursor)) {
    expectMark(cursor, ':')
    entries.push([String(key), readValue(cursor)])
    if (!cursor.takeMark(',') || cursor.isMark('}')) break
  }
  expectMark(cursor, '}')
  return Object.fromEntries(entries)
}

/** A key of a mapping or a member of a set; Python takes no list and no mapping there. */
function readHashable(cursor: Cursor): unknown {
  const value = readValue(cursor)
  if (typeof value === 'object' && value !== null) throw new NotLiteral()
  return value
}

function expectMark(cursor: Cursor, text: string): void {
  if (!cursor.takeMark(text)) throw new NotLiteral()
}
