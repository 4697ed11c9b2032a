import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { InputError, systemReason } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { refuseOpenFile } from '../inventory/env.ts'

/** What may come from the environment or from `.env`; every one of them is secret. */
const names = {
  becomePassword: 'PLAYBOOK_BECOME_PASSWORD',
  password: 'PLAYBOOK_PASSWORD',
  keyPassphrase: 'PLAYBOOK_KEY_PASSPHRASE',
  vaultPassword: 'PLAYBOOK_VAULT_PASSWORD',
} as const

export type EnvironmentSecrets = { readonly [Name in keyof typeof names]?: Secret }

/**
 * The secrets of the environment, or else of a `.env` file (default: the one in the working directory, when there is
 * one). They are taken out of `process.env`, so that no child process inherits them.
 *
 * @throws InputError when the file that was asked for is not there, or others can read it.
 */
export function environmentSecrets(file: string | undefined, environment = process.env): EnvironmentSecrets {
  const fromFile = file !== undefined || existsSync('.env') ? readEnvFile(file ?? '.env') : {}
  const entries = Object.entries(names).flatMap(([key, name]) => {
    const value = environment[name] ?? fromFile[name]
    delete environment[name]
    return value ? [[key, new Secret(value)] as const] : []
  })
  return Object.fromEntries(entries)
}

function readEnvFile(file: string): Record<string, string> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new InputError({ summary: `--env-file: ${file} cannot be read: ${systemReason(error)}` })
  }
  const values = parse(text)
  const secret = Object.values(names).find((name) => values[name])
  if (secret) refuseOpenFile(file, secret)
  return values
}
