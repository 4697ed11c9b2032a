import type { Location } from '../core/location.ts'
import { Secret } from '../core/secret.ts'

/** Text that Ansible would render: it holds `{{` or `{%`. reference.ts resolves it when a variable is used. */
export class Template {
  readonly text: string
  readonly location: Location
  /** Its text came out of a vault, so what it becomes is secret too. */
  readonly secret: boolean

  constructor(text: string, location: Location, secret = false) {
    this.text = text
    this.location = location
    this.secret = secret
  }

  /** The text as written, unless it is secret: what `ansible-inventory --list` shows. */
  toJSON(): string {
    return this.secret ? '********' : this.text
  }
}

/** A string as it is, or as a Template when it holds template marks. */
function textOrTemplate(text: string, location: Location): string | Template {
  return isTemplate(text) ? new Template(text, location) : text
}

/** Whether Ansible would render this text. */
export function isTemplate(text: string): boolean {
  return /\{[{%#]/.test(text)
}

/** Data that came without places of its own (a script's JSON, a literal in an INI file): its texts get this one. */
export function withTemplates(value: unknown, location: Location): unknown {
  if (typeof value === 'string') return textOrTemplate(value, location)
  if (Array.isArray(value)) return value.map((item) => withTemplates(item, location))
  if (value === null || typeof value !== 'object' || value instanceof Secret || value instanceof Template) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTemplates(item, location)]))
}

/** Every template inside data. */
export function templatesIn(value: unknown): readonly Template[] {
  if (value instanceof Template) return [value]
  if (value === null || typeof value !== 'object' || value instanceof Secret) return []
  return Object.values(value).flatMap(templatesIn)
}
