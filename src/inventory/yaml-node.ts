import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import type { Entry, Located } from './located.ts'
import { Template } from './template.ts'
import type { Reading } from './yaml-reading.ts'
import { checkCollectionTag, readScalar } from './yaml-tag.ts'

/** A document whose aliases make it larger than this many values is refused ("billion laughs"). */
const maxSize = 1_000_000

/** A node of the document as data with places. */
export function readNode(node: Node, reading: Reading): Located {
  if (isAlias(node)) return readAlias(node, reading)
  const { anchor } = node as { anchor?: string }
  if (anchor) reading.anchors.set(anchor, 'open')
  const located = readValue(node, reading)
  if (located.size > maxSize) throw errorAt(node, reading, `this expands to more than ${maxSize} values`)
  if (anchor) reading.anchors.set(anchor, located)
  return located
}

function readValue(node: Node, reading: Reading): Located {
  const location = where(node, reading)
  if (isScalar(node)) return { kind: 'scalar', value: readScalar(node, location, reading), location, size: 1 }
  checkCollectionTag(node.tag, location)
  const below = node.tag === '!unsafe' ? { ...reading, unsafe: true } : reading
  if (isSeq(node)) return readList(node, location, below)
  if (isMap(node)) return readMap(node, location, below)
  throw errorAt(node, reading, 'a value that YAML does not know')
}

function readList(node: YAMLSeq, location: Location, reading: Reading): Located {
  const items = node.items.map((item) => readItem(item as Node | null, location, reading))
  return { kind: 'list', items, location, size: 1 + total(items) }
}

function readItem(node: Node | null, location: Location, reading: Reading): Located {
  return node ? readNode(node, reading) : { kind: 'scalar', value: null, location, size: 1 }
}

function readAlias(node: Alias, reading: Reading): Located {
  const target = reading.anchors.get(node.source)
  if (target === undefined) throw errorAt(node, reading, `there is no anchor &${node.source} above this alias`)
  if (target === 'open') throw errorAt(node, reading, `the alias *${node.source} stands inside its own anchor`)
  return target
}

function readMap(node: YAMLMap, location: Location, reading: Reading): Located {
  const entries = readEntries(node.items as Pair<Node, Node | null>[], reading)
  const only = entries[0]
  if (reading.json && entries.length === 1 && only) {
    const special = readAnsibleJson(only, reading)
    if (special) return special
  }
  return { kind: 'map', entries, location, size: 1 + total(entries.map(({ value }) => value)) }
}

/** Entries of a mapping; those that `<<` brings stand first and give way to the mapping's own. */
function readEntries(pairs: readonly Pair<Node, Node | null>[], reading: Reading): readonly Entry[] {
  const merged = new Map<unknown, Entry>()
  const own = new Map<unknown, Entry>()
  for (const { key: keyNode, value: valueNode } of pairs) {
    const location = where(keyNode, reading)
    const value = readItem(valueNode, location, reading)
    if (isMergeKey(keyNode)) {
      for (const entry of mergedEntries(value, location)) if (!merged.has(entry.key)) merged.set(entry.key, entry)
      continue
    }
    const key = readKey(keyNode, reading)
    const before = own.get(key)
    if (before && !reading.json) throw duplicateKey(key, before.location, location)
    own.set(key, { key, value, location })
  }
  return [...new Map([...merged, ...own]).values()]
}

function readKey(node: Node, reading: Reading): unknown {
  const located = readNode(node, { ...reading, options: { ...reading.options, secret: false } })
  if (located.kind !== 'scalar') throw errorAt(node, reading, 'a key must be a word, not a list or a mapping')
  return located.value instanceof Template ? located.value.text : located.value
}

function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && !node.tag
}

function mergedEntries(value: Located, location: Location): readonly Entry[] {
  if (value.kind === 'map') return value.entries
  if (value.kind === 'list' && value.items.every(({ kind }) => kind === 'map'))
    return value.items.flatMap((item) => (item.kind === 'map' ? item.entries : []))
  throw new InputError({ summary: '"<<" merges mappings only: write "<<: *name" or a list of those', location })
}

/** The two mappings that stand for a vault value and for a text that is no template where Ansible writes JSON. */
function readAnsibleJson({ key, value, location }: Entry, { options }: Reading): Located | undefined {
  if (value.kind !== 'scalar') return undefined
  const text = value.value instanceof Template ? value.value.text : value.value
  if (key === '__ansible_unsafe') return { ...value, value: text }
  if (key !== '__ansible_vault' || typeof text !== 'string' || !options.openVault) return undefined
  return { ...value, value: options.openVault(text, location) }
}

function duplicateKey(key: unknown, before: Location, location: Location): InputError {
  return new InputError({
    summary: `the key "${String(key)}" stands twice in this mapping`,
    location,
    detail: `the first is in line ${before.line}; Ansible would silently keep the last`,
    hint: 'remove or rename one of them',
  })
}

function where(node: Node, { at }: Reading): Location {
  return at(node.range?.[0] ?? 0)
}

function errorAt(node: Node, reading: Reading, summary: string): InputError {
  return new InputError({ summary, location: where(node, reading) })
}

function total(values: readonly Located[]): number {
  return values.reduce((sum, { size }) => sum + size, 0)
}
