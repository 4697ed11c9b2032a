import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from 'yaml'
import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import type { Secret } from '../core/secret.ts'
import { Template, textOrTemplate } from './template.ts'
import { typePlainScalar } from './yaml-scalar.ts'

/** A YAML value that knows where it stands. */
export type Located =
  | { readonly kind: 'map'; readonly entries: readonly Entry[]; readonly location: Location; readonly size: number }
  | { readonly kind: 'list'; readonly items: readonly Located[]; readonly location: Location; readonly size: number }
  | { readonly kind: 'scalar'; readonly value: unknown; readonly location: Location; readonly size: number }

export interface Entry {
  readonly key: unknown
  readonly value: Located
  /** Where the key stands. */
  readonly location: Location
}

/** What reading needs to know of the world: how to open an inline `!vault` value. */
export interface YamlOptions {
  readonly file: string
  readonly openVault?: ((envelope: string, location: Location) => Secret) | undefined
}

/** A document whose aliases would make it larger than this many values is refused ("billion laughs"). */
const maxSize = 1_000_000

/**
 * One YAML document, typed as PyYAML (which is what Ansible reads with) types it; undefined when it is empty.
 *
 * @throws InputError with file, line and column: bad syntax, tabs, duplicate keys, unknown tags.
 */
export function readYaml(text: string, options: YamlOptions): Located | undefined {
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
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file: options.file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problem = document.errors[0]
  if (problem) throw syntaxError(problem.code, problem.message, at(problem.pos[0]))
  return document.contents ? new Reader(options, at).read(document.contents) : undefined
}

/** The value as plain data. Strings with template marks become Template. */
export function plain(located: Located): unknown {
  if (located.kind === 'scalar') return located.value
  if (located.kind === 'list') return located.items.map(plain)
  return Object.fromEntries(located.entries.map(({ key, value }) => [keyText(key), plain(value)]))
}

/** A key as `json.dumps` of Python writes it. */
export function keyText(key: unknown): string {
  return key instanceof Template ? key.text : String(key)
}

function syntaxError(code: string, message: string, location: Location): InputError {
  if (code === 'TAB_AS_INDENT')
    return new InputError({ summary: 'a tab is not allowed as indentation in YAML', location, hint: 'use spaces' })
  if (code === 'MULTIPLE_DOCS')
    return new InputError({
      summary: 'more than one YAML document in a file',
      location,
      hint: 'remove the second "---"',
    })
  const hint = code === 'BAD_SCALAR_START' || code === 'BLOCK_AS_IMPLICIT_KEY' ? 'put the value in quotes' : undefined
  return new InputError({ summary: `bad YAML: ${message}`, location, hint })
}

const standardTag = 'tag:yaml.org,2002:'

/** Holds the anchors of one document while it is read. */
class Reader {
  readonly #options: YamlOptions
  readonly #at: (offset: number) => Location
  readonly #anchors = new Map<string, Located | 'open'>()

  constructor(options: YamlOptions, at: (offset: number) => Location) {
    this.#options = options
    this.#at = at
  }

  read(node: Node): Located {
    if (isAlias(node)) return this.#alias(node)
    const anchor = 'anchor' in node ? (node.anchor as string | undefined) : undefined
    if (anchor) this.#anchors.set(anchor, 'open')
    const located = this.#value(node)
    if (located.size > maxSize) throw this.#error(node, `this expands to more than ${maxSize} values`)
    if (anchor) this.#anchors.set(anchor, located)
    return located
  }

  #value(node: Node): Located {
    const location = this.#where(node)
    if (isScalar(node)) return { kind: 'scalar', value: this.#scalar(node, location), location, size: 1 }
    this.#checkCollectionTag(node)
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#item(item as Node | null, location))
      return { kind: 'list', items, location, size: 1 + sum(items) }
    }
    if (!isMap(node)) throw this.#error(node, 'a value that YAML does not know')
    const entries = this.#entries(node.items as Pair<Node, Node | null>[])
    return { kind: 'map', entries, location, size: 1 + sum(entries.map(({ value }) => value)) }
  }

  #item(node: Node | null, location: Location): Located {
    return node ? this.read(node) : { kind: 'scalar', value: null, location, size: 1 }
  }

  #alias(node: Alias): Located {
    const target = this.#anchors.get(node.source)
    if (target === undefined) throw this.#error(node, `there is no anchor &${node.source} above this alias`)
    if (target === 'open') throw this.#error(node, `the alias *${node.source} stands inside its own anchor`)
    return target
  }

  /** Entries of a mapping; those that `<<` brings stand first and give way to the mapping's own. */
  #entries(pairs: readonly Pair<Node, Node | null>[]): Entry[] {
    const merged = new Map<unknown, Entry>()
    const own = new Map<unknown, Entry>()
    for (const { key: keyNode, value: valueNode } of pairs) {
      const location = this.#where(keyNode)
      const value = this.#item(valueNode, location)
      if (isMergeKey(keyNode)) {
        for (const entry of this.#mergedEntries(value, location))
          if (!merged.has(entry.key)) merged.set(entry.key, entry)
        continue
      }
      const key = this.#key(keyNode)
      const before = own.get(key)
      if (before) throw duplicateKey(key, before.location, location)
      own.set(key, { key, value, location })
    }
    return [...new Map([...merged, ...own]).values()]
  }

  #key(node: Node): unknown {
    const located = this.read(node)
    if (located.kind !== 'scalar') throw this.#error(node, 'a key must be a word, not a list or a mapping')
    return located.value instanceof Template ? located.value.text : located.value
  }

  #mergedEntries(value: Located, location: Location): readonly Entry[] {
    if (value.kind === 'map') return value.entries
    if (value.kind === 'list' && value.items.every(({ kind }) => kind === 'map'))
      return value.items.flatMap((item) => (item.kind === 'map' ? item.entries : []))
    throw new InputError({ summary: '"<<" merges mappings only: write "<<: *name" or a list of those', location })
  }

  #scalar(node: Scalar, location: Location): unknown {
    const text = String(node.value ?? '')
    const tag = node.tag ?? ''
    if (tag === '') return node.type === 'PLAIN' ? this.#plainScalar(node, location) : textOrTemplate(text, location)
    if (tag === '!unsafe') return text
    if (tag === '!vault' || tag === '!vault-encrypted') return this.#vault(node, text, location)
    return this.#tagged(node, tag, text, location)
  }

  #plainScalar(node: Scalar, location: Location): unknown {
    const text = String(node.value ?? '')
    if (text === '=') throw this.#error(node, 'a lone "=" has a meaning of its own in YAML 1.1: put it in quotes')
    const value = typePlainScalar(text)
    return typeof value === 'string' ? textOrTemplate(value, location) : value
  }

  #tagged(node: Scalar, tag: string, text: string, location: Location): unknown {
    const type = tag.startsWith(standardTag) ? tag.slice(standardTag.length) : tag
    if (type === 'str' || type === '!') return textOrTemplate(text, location)
    const value = typePlainScalar(text)
    if (type === 'null') return null
    if (type === 'float' && typeof value === 'number') return value
    if (type === 'int' && typeof value === 'number' && Number.isInteger(value)) return value
    if (type === 'bool' && typeof value === 'boolean') return value
    if (type === 'timestamp' && /^\d{4}-/.test(text)) return value
    throw this.#error(node, `the tag "${node.tag}" does not fit here, or is not one that an inventory can hold`)
  }

  #vault(node: Scalar, envelope: string, location: Location): Secret {
    const open = this.#options.openVault
    if (!open) throw this.#error(node, 'a vault value, but no vault password is known')
    return open(envelope, location)
  }

  #checkCollectionTag(node: Node): void {
    const tag = 'tag' in node ? node.tag : undefined
    if (tag === undefined || tag === `${standardTag}map` || tag === `${standardTag}seq`) return
    throw this.#error(node, `the tag "${tag}" is not one that an inventory can hold`)
  }

  #where(node: Node): Location {
    return this.#at(node.range?.[0] ?? 0)
  }

  #error(node: Node, summary: string): InputError {
    return new InputError({ summary, location: this.#where(node) })
  }
}

function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && !node.tag
}

function duplicateKey(key: unknown, before: Location, location: Location): InputError {
  return new InputError({
    summary: `the key "${keyText(key)}" stands twice in this mapping`,
    location,
    detail: `the first is in line ${before.line}; Ansible would silently keep the last`,
    hint: 'remove or rename one of them',
  })
}

function sum(values: readonly Located[]): number {
  return values.reduce((total, { size }) => total + size, 0)
}
