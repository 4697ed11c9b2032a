import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import { reveal, Secret } from '../core/secret.ts'
import { isTemplate, Template } from './template.ts'

/** Looks a variable up, its own references resolved; undefined when there is none of that name. */
export interface Scope {
  lookup(name: string): unknown
  names(): Iterable<string>
}

/**
 * A value with its references resolved: `{{ name }}`, `{{ name.key }}`, `{{ name['key'] }}`, `{{ name[0] }}`.
 * A reference that is the whole value keeps its type; one inside a text becomes text, secret if what it names is.
 *
 * @throws InputError with the place of the value: an unknown name, or more than a plain reference.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (value instanceof Template) return resolveTemplate(value, scope)
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope))
  if (value === null || typeof value !== 'object' || value instanceof Secret) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]))
}

const step = String.raw`(?:\.[A-Za-z_]\w*|\[\s*(?:'[^'\]]*'|"[^"\]]*"|\d+)\s*\])`
const reference = String.raw`\{\{-?\s*([A-Za-z_]\w*${step}*)\s*-?\}\}`
const whole = new RegExp(`^${reference}$`)

function resolveTemplate({ text, location, secret }: Template, scope: Scope): unknown {
  const value = render(text, location, scope, secret)
  return secret && (typeof value === 'string' || typeof value === 'number') ? new Secret(String(value)) : value
}

function render(text: string, location: Location, scope: Scope, secret: boolean): unknown {
  const only = whole.exec(text)?.[1]
  if (only !== undefined) return follow(only, scope, location)
  const parts = text.split(new RegExp(reference))
  const literal = parts.filter((_, index) => index % 2 === 0).join('')
  if (isTemplate(literal)) throw notPlain(secret ? '' : text, location)
  return compose(parts.map((part, index) => (index % 2 === 0 ? part : embedded(part, scope, location))))
}

/** The variables that the plain references of a value name, nested ones included. */
export function referredNames(value: unknown): readonly string[] {
  if (value instanceof Template) {
    const paths = [...value.text.matchAll(new RegExp(reference, 'g'))].map(([, path = '']) => path)
    return [...new Set(paths.flatMap((path) => /^\w+/.exec(path) ?? []))]
  }
  if (value === null || typeof value !== 'object' || value instanceof Secret) return []
  return [...new Set(Object.values(value).flatMap(referredNames))]
}

function compose(parts: readonly (string | Secret)[]): string | Secret {
  const text = parts.map(reveal).join('')
  return parts.some((part) => part instanceof Secret) ? new Secret(text) : text
}

function embedded(path: string, scope: Scope, location: Location): string | Secret {
  const value = follow(path, scope, location)
  if (value instanceof Secret || typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw new InputError({
    summary: `{{ ${path} }} stands inside a text, but its value is ${kindOf(value)}`,
    location,
    hint: `write the value out, or make "{{ ${path} }}" the whole value`,
  })
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'boolean' ? `the truth value ${value}` : 'a mapping'
}

function follow(path: string, scope: Scope, location: Location): unknown {
  const [name = '', ...steps] = path.match(/[A-Za-z_]\w*|'[^']*'|"[^"]*"|\d+/g) ?? []
  let value = scope.lookup(name)
  if (value === undefined) throw unknownName(name, scope.names(), location)
  for (const [index, each] of steps.entries()) {
    const key = each.replace(/^['"]|['"]$/g, '')
    const next = child(value, key)
    if (next === undefined) {
      const holder = [name, ...steps.slice(0, index)].join('.')
      throw unknownName(key, keysOf(value), location, ` in "${holder}"`)
    }
    value = next
  }
  return value
}

function child(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Secret) return undefined
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined
}

function keysOf(value: unknown): readonly string[] {
  return value !== null && typeof value === 'object' && !(value instanceof Secret) ? Object.keys(value) : []
}

function unknownName(name: string, known: Iterable<string>, location: Location, where = ''): InputError {
  const guess = nearest(name, known)
  return new InputError({
    summary: `{{ … }} refers to "${name}", which is not set${where}`,
    location,
    hint: guess ? `did you mean "${guess}"?` : `set "${name}" for this host or one of its groups`,
  })
}

function notPlain(text: string, location: Location): InputError {
  return new InputError({
    summary: 'this value is a template of Ansible that is more than a plain reference',
    location,
    detail: text.split('\n')[0] || undefined,
    hint: advice(text),
  })
}

function advice(text: string): string {
  const environment = /lookup\(\s*['"]env['"]\s*,\s*['"](\w+)['"]/.exec(text)?.[1]
  if (environment) return `write "{{ env.${environment} }}", which reads the environment and the dotenv file`
  const fallback = /\{\{\s*(\w+)\s*\|\s*default\(/.exec(text)?.[1]
  if (fallback) return `write the value itself; a fallback for "${fallback}" belongs into the vars of group "all"`
  if (text.includes('{%')) return 'write the value itself; conditions and loops belong into the playbook (TypeScript)'
  return 'write the value itself or "{{ other_variable }}"; to compute it, use the playbook or a TypeScript inventory'
}
