import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { InputError, systemReason } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { Secret } from '../core/secret.ts'
import { openSealed } from './sealed.ts'
import { isVault, openVault, type VaultSecret } from './vault.ts'
import type { YamlOptions } from './yaml-reading.ts'

/** Gives the vault passwords; called when the first encrypted value turns up, so that nobody is asked without need. */
export type VaultSecrets = () => Promise<readonly VaultSecret[]>

/** A file's text, and what its YAML reader has to know. */
export interface TextFile {
  readonly text: string
  readonly yaml: YamlOptions
}

/**
 * Reads a file of the inventory; one that ansible-vault, age or sops encrypted is opened, and all it holds is secret.
 *
 * @throws InputError: not readable, not UTF-8, or encrypted without a password that fits.
 */
export async function readTextFile(path: string, vault: VaultSecrets): Promise<TextFile> {
  const file = shownFile(path)
  const bytes = await readBytes(path, file)
  const opened = await openSealed(path, file, bytes)
  if (opened !== undefined) return { text: opened, yaml: { file, secret: true } }
  const text = decode(bytes, file)
  if (!text.includes('$ANSIBLE_VAULT')) return { text, yaml: { file } }
  const secrets = await vault()
  const open = (envelope: string, location: Location): Secret =>
    new Secret(openVault(envelope, secrets, location).toString())
  if (!isVault(text)) return { text, yaml: { file, openVault: open } }
  return { text: openVault(text, secrets, { file }).toString(), yaml: { file, openVault: open, secret: true } }
}

/** A path as an operator would type it: relative when it is below the working directory. */
function shownFile(path: string): string {
  const shown = relative(process.cwd(), path)
  return shown === '' || shown.startsWith('..') ? path : shown
}

async function readBytes(path: string, file: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new InputError({
      summary: `cannot read it: ${systemReason(error)}`,
      location: { file },
      hint: 'check owner and mode',
    })
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError({ summary: 'this file is not UTF-8 text', location: { file }, hint: 'save it as UTF-8' })
  }
}
