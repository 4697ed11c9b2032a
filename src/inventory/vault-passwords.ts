import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, extname, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { VaultSecret } from './vault.ts'

/** Where vault passwords come from, in the words of ansible-vault. */
export interface VaultPasswordOptions {
  /** `--vault-id label@source`; the source is `prompt`, a file, or a script that prints the password. */
  readonly vaultIds?: readonly string[] | undefined
  /** `--vault-password-file`: as a source, with the vault id `default`. */
  readonly passwordFiles?: readonly string[] | undefined
  /** `--ask-vault-pass`. */
  readonly ask?: boolean | undefined
  /** A password that is known already, such as one from a dotenv file. */
  readonly password?: Secret | undefined
  /** Read for `ANSIBLE_VAULT_PASSWORD_FILE` and `ANSIBLE_VAULT_IDENTITY_LIST`. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined
  /** Asks a person, without showing the answer. */
  readonly askSecret: (question: string) => Promise<Secret>
}

interface PasswordSource {
  readonly id: string
  readonly source: string
}

const prompt = 'prompt'

/**
 * The vault passwords that were given, in the order in which they are tried.
 *
 * @throws InputError: a source that cannot be read, gives nothing, or whose script fails.
 */
export async function vaultPasswords(options: VaultPasswordOptions): Promise<readonly VaultSecret[]> {
  const secrets: VaultSecret[] = options.password ? [{ id: 'default', password: options.password }] : []
  for (const source of passwordSources(options)) secrets.push(await readSource(source, options))
  return secrets
}

function passwordSources({ vaultIds = [], passwordFiles = [], ask, variables = {} }: VaultPasswordOptions) {
  const listed = (variables.ANSIBLE_VAULT_IDENTITY_LIST ?? '').split(',').map((each) => each.trim())
  const file = passwordFiles.length === 0 ? variables.ANSIBLE_VAULT_PASSWORD_FILE : undefined
  return [
    ...[...listed, ...vaultIds].filter((each) => each !== '').map(parseVaultId),
    ...[...passwordFiles, ...(file ? [file] : [])].map((source): PasswordSource => ({ id: 'default', source })),
    ...(ask ? [{ id: 'default', source: prompt }] : []),
  ]
}

/** `dev@prompt`, `dev@~/.vault-pass`, or a source alone. */
function parseVaultId(text: string): PasswordSource {
  const at = text.lastIndexOf('@')
  if (at < 0) return { id: 'default', source: text }
  return { id: text.slice(0, at) || 'default', source: text.slice(at + 1) }
}

async function readSource({ id, source }: PasswordSource, options: VaultPasswordOptions): Promise<VaultSecret> {
  if (source === prompt) {
    const answer = await options.askSecret(id === 'default' ? 'vault password' : `vault password (${id})`)
    return { id, password: answer }
  }
  const file = resolve(source.replace(/^~(?=\/)/, homedir()))
  const text = (await isExecutable(file)) ? await runScript(file, id) : await readPassword(file)
  if (text !== '') return { id, password: new Secret(text) }
  throw new InputError({ summary: 'this vault password file gives an empty password', location: { file } })
}

async function readPassword(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return text.trim()
  throw new InputError({
    summary: 'there is no readable vault password file here',
    location: { file },
    hint: 'check --vault-password-file, --vault-id and ANSIBLE_VAULT_PASSWORD_FILE',
  })
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** A script prints the password; one whose name ends in `-client` is told the vault id. */
function runScript(file: string, id: string): Promise<string> {
  const name = basename(file, extname(file))
  const args = name.endsWith('-client') && id !== 'default' ? ['--vault-id', id] : []
  return new Promise((done, fail) => {
    execFile(file, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (!error) done(stdout.replace(/[\r\n]+$/, ''))
      else
        fail(
          new InputError({
            summary: 'this vault password script failed',
            location: { file },
            detail: stderr.trim() || `exit code ${error.code ?? 'none'}`,
            hint: 'run it by hand; if it is a plain password file, remove its x bit: chmod -x',
          }),
        )
    })
  })
}
