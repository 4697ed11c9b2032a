import { LineCounter, parseDocument } from 'yaml'
import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import type { Located } from './located.ts'
import { readNode } from './yaml-node.ts'
import { indentQuoted } from './yaml-quotes.ts'
import type { YamlOptions } from './yaml-reading.ts'

/**
 * One YAML or JSON document, typed as PyYAML (which is what Ansible reads with) types it; undefined when it is empty.
 * Like Ansible, a text that is valid JSON is read as JSON.
 *
 * @throws InputError with file, line and column: bad syntax, tabs, duplicate keys, unknown tags.
 */
export function readYaml(text: string, options: YamlOptions): Located | undefined {
  return guardDepth({ file: options.file }, () => {
    const { document, lines } = parse(text)
    const at = (offset: number): Location => {
      const { line, col } = lines.linePos(offset)
      return { file: options.file, line: Math.max(1, line), column: Math.max(1, col) }
    }
    const problem = document.errors[0]
    if (problem) throw syntaxError(problem.code, problem.message, at(problem.pos[0]))
    if (!document.contents) return undefined
    return readNode(document.contents, { options, at, anchors: new Map(), json: isJson(text), unsafe: false })
  })
}

/** Quoted texts in a file that go on without indentation; with more of them it is rather a quote that is missing. */
const repairs = 100

function parse(text: string): Parsed {
  let parsed = parseOnce(text)
  for (let round = 0; round < repairs; round++) {
    const [error] = parsed.document.errors
    const repaired = error && indentQuoted(parsed.text, error)
    if (!repaired) return parsed
    const next = parseOnce(repaired.text)
    // It did not help: the quote is missing indeed.
    if (next.document.errors.some(({ pos: [at] }) => at <= repaired.end)) return parsed
    parsed = next
  }
  return parsed
}

type Parsed = ReturnType<typeof parseOnce>

function parseOnce(text: string) {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    // Scalars stay text here: the package's YAML 1.1 differs from PyYAML's, so yaml-scalar.ts types them.
    schema: 'failsafe',
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  })
  return { text, document, lines }
}

/** Ten thousand brackets in a row overflow the stack of any recursive parser: that is bad input, not a bug. */
function guardDepth<T>(location: Location, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw new InputError({ summary: 'the values are nested too deeply', location })
    throw error
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const quoteHints: readonly string[] = ['BAD_SCALAR_START', 'BLOCK_AS_IMPLICIT_KEY', 'MULTILINE_IMPLICIT_KEY']

function syntaxError(code: string, message: string, location: Location): InputError {
  if (code === 'TAB_AS_INDENT')
    return new InputError({ summary: 'a tab is not allowed as indentation in YAML', location, hint: 'use spaces' })
  if (code === 'MULTIPLE_DOCS')
    return new InputError({
      summary: 'more than one YAML document in a file',
      location,
      hint: 'remove the second "---"',
    })
  const hint = quoteHints.includes(code) ? 'put the value in quotes, and check the indentation' : undefined
  return new InputError({ summary: `bad YAML: ${message}`, location, hint })
}
