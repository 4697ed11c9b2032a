import { resolve } from 'node:path'
import { parse } from 'yaml'
import { InputError } from '../core/errors.ts'
import type { VaultSecrets } from '../inventory/text-file.ts'

/**
 * The variables of `-e`: `name=value`, the value a YAML scalar, or `@file`, a YAML or JSON mapping. Later ones win. What a
 * file has from ansible-vault, age or sops is secret.
 *
 * @throws InputError
 */
export async function extraVars(given: readonly string[], vault: VaultSecrets): Promise<Record<string, unknown>> {
  const all = given.map((text) => (text.startsWith('@') ? fromFile(text.slice(1), vault) : fromText(text)))
  return Object.assign({}, ...(await Promise.all(all)))
}

function fromText(text: string): Record<string, unknown> {
  const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InputError({ summary: `-e ${text}: expected name=value or @file`, hint: '-e pool=mirror-pool-test' })
  return { [name]: scalar(value) }
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

async function fromFile(file: string, vault: VaultSecrets): Promise<Record<string, unknown>> {
  const { readVarsFile } = await import('../inventory/vars-files.ts')
  const { asWritten } = await import('../inventory/template.ts')
  const settings = await readVarsFile(resolve(file), vault)
  return Object.fromEntries(settings.map(({ name, value }) => [name, asWritten(value)]))
}
