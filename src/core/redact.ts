import { knownSecrets } from './secret.ts'

const mask = '********'

/** Shorter texts are left alone: blotting out a password `on` or `22` would ruin every line and protect nothing. */
const shortest = 4

/** A single word of letters is blotted out inside other words only from this length on. */
const longWord = 12

/**
 * Words that every report is full of are left alone too: to blot them out would ruin it, and tell the reader what the
 * password is.
 */
const ordinary: ReadonlySet<string> = new Set(
  (
    'admin address base became become ceph change changed check client cluster command connection create current data ' +
    'default disk error exit failed false file files from group hello host hosts image images info install installed ' +
    'json line list local localhost login mirror mode name none null number okay operator output owner package pass ' +
    'passed password path ping play playbook pool port primary question read ready remote root running script secret ' +
    'service site skipped state storage stdin system systemd task template test text that there this time true ' +
    'undefined unit unknown unreachable user users value version when with work wrong write'
  ).split(' '),
)

/** Blots out every known secret, also in its base64, URL-quoted and JSON-quoted forms, in one text. */
export type Redact = (text: string) => string

/**
 * Redaction by value, done where text leaves the process and never in data that modules see.
 *
 * A secret that is short or one plain word (`hang`) is blotted out only where it stands alone, so that `changed` stays
 * readable; any other is blotted out anywhere, also as part of base64. New secrets are picked up as they are made.
 */
export function redactor(secrets: () => ReadonlySet<string> = knownSecrets): Redact {
  let size = -1
  let pattern: RegExp | undefined
  return (text) => {
    const current = secrets()
    if (current.size !== size) {
      size = current.size
      pattern = patternFor(current)
    }
    return pattern ? text.replace(pattern, mask) : text
  }
}

/** Redacts every string inside a value that is made of plain objects, arrays and strings. */
export function redactDeep<T>(value: T, redact: Redact): T {
  if (typeof value === 'string') return redact(value) as T
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact)) as T
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)])) as T
}

function patternFor(secrets: ReadonlySet<string>): RegExp | undefined {
  const alternatives = [...secrets].flatMap(linesOf).flatMap(forms)
  const unique = [...new Set(alternatives)].sort((a, b) => b.length - a.length)
  return unique.length > 0 ? new RegExp(unique.join('|'), 'g') : undefined
}

/** A secret of several lines (a keyring, a private key) is also recognised by each of its telling lines. */
function linesOf(secret: string): string[] {
  const lines = secret.split('\n').map((line) => line.trim())
  const telling = lines.filter((line) => (line.length >= 16 && !/^[[\]\w.\s-]*$/.test(line)) || /^\w{32,}$/.test(line))
  return [
    secret.trim(),
    ...(lines.length > 1 ? telling.flatMap((line) => [line, line.replace(/^.*?[=:]\s+/, '')]) : []),
  ]
}

function forms(secret: string): string[] {
  if (secret.length < shortest || ordinary.has(secret.toLowerCase())) return []
  const isWord = /^[a-z]+$/i.test(secret)
  if (secret.length < 6 || (isWord && secret.length < longWord)) return [alone(secret)]
  return [quotedForms(secret), ...base64Forms(secret).map(eitherAlphabet)]
}

/**
 * The text as it is, or with any of its characters quoted: as URLs do (what is quoted, and in which letters, differs from
 * library to library), or with the backslash of JSON.
 */
function quotedForms(secret: string): string {
  return [...secret].map(quotedCharacter).join('')
}

function quotedCharacter(character: string): string {
  const plain = escapeRegExp(character)
  if (/[\w.~-]/.test(character)) return plain
  const bytes = [...Buffer.from(character)].map((byte) => byte.toString(16).padStart(2, '0'))
  const url = bytes.map((byte) => `%(?:${byte}|${byte.toUpperCase()})`).join('')
  const others = { ' ': '|\\+', '"': '|\\\\"', '\\': '|\\\\\\\\', '\n': '|\\\\n', '\t': '|\\\\t' }[character] ?? ''
  return `(?:${url}${others}|${plain})`
}

/** base64 of RFC 4648, or of its section 5 for URLs. */
function eitherAlphabet(encoded: string): string {
  return encoded.replaceAll('+', '[+-]').replaceAll('/', '[/_]')
}

/** What a text looks like inside base64: it may begin at any of the three bytes that four characters stand for. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
}

function alone(word: string): string {
  return `(?<![\\w-])${escapeRegExp(word)}(?![\\w-])`
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
