import type { Location } from '../core/location.ts'

/** Text that Ansible would render: it holds `{{` or `{%`. reference.ts resolves it when a variable is used. */
export class Template {
  readonly text: string
  readonly location: Location

  constructor(text: string, location: Location) {
    this.text = text
    this.location = location
  }

  /** The text as written: what `ansible-inventory --list` shows. */
  toJSON(): string {
    return this.text
  }
}

/** A string as it is, or as a Template when it holds template marks. */
export function textOrTemplate(text: string, location: Location): string | Template {
  return /\{[{%#]/.test(text) ? new Template(text, location) : text
}
