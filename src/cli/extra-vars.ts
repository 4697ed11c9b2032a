import { resolve } from 'node:path'
import { parse } from 'yaml'
import { InputError } from '../core/errors.ts'
import { formatLocation, type Location } from '../core/location.ts'
import type { VarOrigin } from '../core/playbook-vars.ts'
import { isTemplate, templatesIn } from '../inventory/template.ts'
import type { VaultSecrets } from '../inventory/text-file.ts'
import { shownPath } from './shown-path.ts'

/** Variables of a playbook, and where each was given. */
export interface GivenVars {
  readonly values: Readonly<Record<string, unknown>>
  readonly origins: Readonly<Record<string, VarOrigin>>
}

/**
 * The variables of `-e`: `name=value`, the value a YAML scalar, or `@file`, a YAML or JSON mapping. Later ones win. What a
 * file has from ansible-vault, age or sops is secret.
 *
 * @throws InputError
 */
export async function extraVars(given: readonly string[], vault: VaultSecrets): Promise<GivenVars> {
  const all = await Promise.all(
    given.map((text) => (text.startsWith('@') ? fromFile(text.slice(1), vault) : fromText(text))),
  )
  return {
    values: Object.assign({}, ...all.map(({ values }) => values)),
    origins: Object.assign({}, ...all.map(({ origins }) => origins)),
  }
}

function fromText(text: string): GivenVars {
  const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InputError({ summary: `-e ${text}: expected name=value or @file`, hint: '-e pool=mirror-pool-test' })
  if (isTemplate(value)) throw notRendered(name, undefined)
  return { values: { [name]: scalar(value) }, origins: { [name]: { place: `-e ${name}=…`, text: value } } }
}

/** What YAML makes of a value on one line (`3`, `true`, `"3"`, `[a, b]`); what it cannot read, or reads as more, is text. */
function scalar(text: string): unknown {
  const marked = /^\s*[[{"']/.test(text)
  if (text.trim() === '' || (text.includes('\n') && !marked)) return text
  try {
    const value: unknown = parse(text)
    return typeof value === 'object' && value !== null && !marked ? text : value
  } catch {
    return text
  }
}

async function fromFile(file: string, vault: VaultSecrets): Promise<GivenVars> {
  const { readVarsFile } = await import('../inventory/vars-files.ts')
  const settings = await readVarsFile(resolve(file), vault)
  for (const { name, value } of settings) {
    const [template] = templatesIn(value)
    if (template) throw notRendered(name, template.location)
  }
  const place = (location: (typeof settings)[number]['location']) =>
    formatLocation({ ...location, file: shownPath(location.file) })
  return {
    values: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    origins: Object.fromEntries(settings.map(({ name, location }) => [name, { place: place(location) }])),
  }
}

/** Ansible would render it, by variables of each host; a playbook's are the same for all. */
function notRendered(name: string, location: Location | undefined): InputError {
  return new InputError({
    summary: `${name} holds "{{ … }}", and variables of a playbook are plain values that nothing renders`,
    location,
    hint: `write the value itself; or, if that text is meant, put it into a file of -e @FILE as ${name}: !unsafe '…'`,
  })
}
