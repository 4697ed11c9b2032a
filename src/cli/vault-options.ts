import type { Options } from 'yargs'
import type { Secret } from '../core/secret.ts'
import { askSecret } from './ask-secret.ts'
import type { Values } from './options.ts'

/** Options of every command that reads what ansible-vault encrypted. */
export const vaultOptions = {
  'vault-password-file': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'File with the vault password, or a script that prints it',
    defaultDescription: '$ANSIBLE_VAULT_PASSWORD_FILE',
  },
  'vault-id': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Vault id and where its password is: dev@FILE or dev@prompt; may be given several times',
  },
  'ask-vault-pass': { alias: 'J', type: 'boolean', default: false, describe: 'Ask for the vault password' },
} as const satisfies Record<string, Options>

export type VaultArguments = Values<typeof vaultOptions>

/** The vault passwords that the command line and the environment give; asked for when they are needed. */
export async function vaultSecrets(args: VaultArguments, password?: Secret) {
  const { vaultPasswords } = await import('../inventory/vault-passwords.ts')
  return vaultPasswords({
    vaultIds: args['vault-id'],
    passwordFiles: args['vault-password-file'],
    ask: args['ask-vault-pass'],
    password,
    variables: process.env,
    askSecret: (question) => askSecret(question, 'give --vault-password-file FILE'),
  })
}
