import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Argv, CommandModule } from 'yargs'
import { InputError } from '../core/errors.ts'
import type { VaultSecret } from '../inventory/vault.ts'
import { askSecret } from './ask-secret.ts'
import { environmentSecrets } from './env-file.ts'
import { writeOut } from './stdout.ts'
import { type VaultArguments, vaultOptions, vaultSecrets } from './vault-options.ts'

type FileArguments = VaultArguments & { readonly files: readonly string[]; readonly 'env-file'?: string | undefined }

const commonOptions = {
  ...vaultOptions,
  'env-file': {
    type: 'string',
    requiresArg: true,
    describe: 'File with PLAYBOOK_VAULT_PASSWORD',
    defaultDescription: '.env',
  },
} as const

/** `playbook vault encrypt|decrypt|view|edit|rekey`: the files of ansible-vault, both ways. */
export const vaultCommand: CommandModule = {
  command: 'vault',
  describe: 'Encrypt, decrypt and edit files of ansible-vault',
  builder: (yargs) =>
    yargs
      .command(encryptCommand)
      .command(decryptCommand)
      .command(viewCommand)
      .command(editCommand)
      .command(rekeyCommand)
      .demandCommand(1, 'vault: encrypt, decrypt, view, edit or rekey?')
      .strict(),
  handler: () => undefined,
}

type EncryptArguments = FileArguments & {
  readonly 'encrypt-vault-id'?: string | undefined
  readonly name?: string | undefined
}

const encryptCommand: CommandModule<object, EncryptArguments> = {
  command: 'encrypt [files..]',
  describe: 'Encrypt files in place; with --name a value from standard input, printed as YAML for a vars file',
  builder: (yargs) =>
    filesOf(yargs).options({
      'encrypt-vault-id': { type: 'string', requiresArg: true, describe: 'The vault id to encrypt with' },
      name: { type: 'string', requiresArg: true, describe: 'Print "NAME: !vault |" with the value of standard input' },
    }) as never,
  handler: async (args) => {
    const secret = pick(await known(args, true), args['encrypt-vault-id'])
    if (args.name !== undefined) return printValue(args.name, secret)
    const { encryptFile } = await import('../inventory/vault-files.ts')
    await eachFile(args, 'encrypted', (file) => encryptFile(file, secret))
  },
}

const decryptCommand: CommandModule<object, FileArguments> = {
  command: 'decrypt <files..>',
  describe: 'Decrypt files in place',
  builder: (yargs) => filesOf(yargs) as never,
  handler: async (args) => {
    const secrets = await known(args)
    const { decryptFile } = await import('../inventory/vault-files.ts')
    await eachFile(args, 'decrypted', (file) => decryptFile(file, secrets))
  },
}

const viewCommand: CommandModule<object, FileArguments> = {
  command: 'view <files..>',
  describe: 'Print what encrypted files hold',
  builder: (yargs) => filesOf(yargs) as never,
  handler: async (args) => {
    const secrets = await known(args)
    const { openFile } = await import('../inventory/vault-files.ts')
    for (const file of args.files) writeOut((await openFile(file, secrets)).toString())
  },
}

const editCommand: CommandModule<object, FileArguments> = {
  command: 'edit <files..>',
  describe: 'Open encrypted files in $VISUAL or $EDITOR, and encrypt them again',
  builder: (yargs) => filesOf(yargs) as never,
  handler: async (args) => {
    const secrets = await known(args)
    const { editFile } = await import('../inventory/vault-files.ts')
    for (const file of args.files) writeOut(`${file}: ${await editFile(file, secrets, openEditor)}\n`)
  },
}

type RekeyArguments = FileArguments & {
  readonly 'new-vault-password-file'?: string | undefined
  readonly 'new-vault-id'?: string | undefined
}

const rekeyCommand: CommandModule<object, RekeyArguments> = {
  command: 'rekey <files..>',
  describe: 'Encrypt files with another password',
  builder: (yargs) =>
    filesOf(yargs).options({
      'new-vault-password-file': { type: 'string', requiresArg: true, describe: 'File with the new password' },
      'new-vault-id': {
        type: 'string',
        requiresArg: true,
        describe: 'New vault id and source: prod@FILE, prod@prompt',
      },
    }) as never,
  handler: async (args) => {
    const secrets = await known(args)
    const next = await newSecret(args)
    const { rekeyFile } = await import('../inventory/vault-files.ts')
    await eachFile(args, 'encrypted with the new password', (file) => rekeyFile(file, secrets, next))
  },
}

function filesOf(yargs: Argv) {
  return yargs.positional('files', { type: 'string', array: true, describe: 'Files' }).options(commonOptions)
}

/** The passwords that were given; when none was, a person is asked, twice where a typing error would lock a file. */
async function known(args: FileArguments, twice = false): Promise<readonly VaultSecret[]> {
  const secrets = await vaultSecrets(args, environmentSecrets(args['env-file']).vaultPassword)
  if (secrets.length > 0) return secrets
  return [{ id: 'default', password: await ask('vault password', twice) }]
}

async function ask(what: string, twice: boolean) {
  const instead = 'give --vault-password-file FILE'
  const answer = await askSecret(what, instead)
  if (twice && (await askSecret(`${what} again`, instead)).reveal() !== answer.reveal())
    throw new InputError({ summary: 'the two passwords differ', hint: 'type it again' })
  return answer
}

/** The new password, from what was named for it alone: the environment speaks of the old one. */
async function newSecret(args: RekeyArguments): Promise<VaultSecret> {
  const { vaultPasswords } = await import('../inventory/vault-passwords.ts')
  const [secret] = await vaultPasswords({
    vaultIds: [args['new-vault-id'] ?? []].flat(),
    passwordFiles: [args['new-vault-password-file'] ?? []].flat(),
    askSecret: (question) => ask(`new ${question}`, true),
  })
  return secret ?? { id: 'default', password: await ask('new vault password', true) }
}

function pick(secrets: readonly VaultSecret[], id: string | undefined): VaultSecret {
  const found = id === undefined ? secrets[0] : secrets.find((secret) => secret.id === id)
  if (found && (id !== undefined || secrets.length === 1)) return found
  throw new InputError({
    summary:
      id === undefined ? 'several vault ids were given: which one shall encrypt?' : `there is no vault id "${id}"`,
    detail: `known: ${secrets.map((secret) => secret.id).join(', ')}`,
    hint: '--encrypt-vault-id ID',
  })
}

async function printValue(name: string, secret: VaultSecret): Promise<void> {
  const { sealVault } = await import('../inventory/vault.ts')
  const value = readFileSync(0, 'utf8').replace(/\n$/, '')
  const lines = sealVault(value, secret).trimEnd().split('\n')
  writeOut(`${name}: !vault |\n${lines.map((line) => `  ${line}\n`).join('')}`)
}

async function eachFile(args: FileArguments, done: string, work: (file: string) => Promise<void>): Promise<void> {
  if (args.files.length === 0) throw new InputError({ summary: 'vault: which file?', hint: 'playbook vault --help' })
  for (const file of args.files) {
    await work(file)
    writeOut(`${file}: ${done}\n`)
  }
}

function openEditor(file: string): Promise<void> {
  const [program = 'vi', ...args] = (process.env.VISUAL || process.env.EDITOR || 'vi').split(/\s+/)
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, file], { stdio: 'inherit' })
    child.once('error', () => reject(editorFailed(program, 'it cannot be started')))
    child.once('exit', (code) => (code === 0 ? resolve() : reject(editorFailed(program, `it ended with ${code}`))))
  })
}

function editorFailed(program: string, why: string): InputError {
  return new InputError({ summary: `the editor "${program}": ${why}; nothing was changed`, hint: 'set EDITOR' })
}
