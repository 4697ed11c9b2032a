import { randomBytes, randomUUID } from 'node:crypto'
import { Secret } from './secret.ts'

/** What each stand-in stands for. */
const known = new Map<string, string>()
let pattern: RegExp | undefined

/**
 * A value that a plan carries in place of one that only apply will tell: of the form that is expected of it (`like`;
 * default a UUID), so that later tasks can plan with it, and no two alike. Wherever people or programs are told of the
 * plan it reads `(known after apply: WORDS)`.
 */
export function standIn(words: string, like: string = randomUUID()): string {
  known.set(like, words)
  pattern = undefined
  return like
}

/** As `standIn`, for what is secret. */
export function secretStandIn(words: string): Secret {
  return new Secret(standIn(words, randomBytes(30).toString('base64')))
}

/** Whether a text was made from values that only apply will tell. */
export function isOpen(text: string): boolean {
  return known.size > 0 && text.search(anyStandIn()) >= 0
}

/** Why a change may be needless that would set something to a text: nothing to say when the text is known. */
export function doubt(text: string): { readonly maybe?: string } {
  return isOpen(text) ? { maybe: 'only apply will tell whether it is another than there is' } : {}
}

/** A text with what stand-ins stand for in their place. */
export function spellOut(text: string): string {
  return known.size === 0 ? text : text.replace(anyStandIn(), (found) => placeholder(known.get(found) ?? ''))
}

/** As `spellOut`, for every string inside plain objects and arrays. */
export function spellOutDeep<T>(value: T): T {
  if (known.size === 0) return value
  if (typeof value === 'string') return spellOut(value) as T
  if (Array.isArray(value)) return value.map(spellOutDeep) as T
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spellOutDeep(item)])) as T
}

function placeholder(words: string): string {
  return `(known after apply: ${words})`
}

/** Whether a text may be what a spelled-out one turned into once all was known. */
export function fitsSpelledOut(spelled: string, text: string): boolean {
  if (spelled === text) return true
  const parts = spelled.split(/\(known after apply: [^)]*\)/)
  return parts.length > 1 && new RegExp(`^${parts.map(escapeRegExp).join('.*')}$`, 's').test(text)
}

function anyStandIn(): RegExp {
  pattern ??= new RegExp([...known.keys()].map(escapeRegExp).join('|'), 'g')
  return pattern
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
