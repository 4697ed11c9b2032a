import { mkdtempSync, rmSync } from 'node:fs'
import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import { isVault, openVault, sealVault, type VaultSecret, vaultId } from './vault.ts'

/**
 * Encrypts a file in place. Refuses one that is encrypted already.
 *
 * @throws InputError
 */
export async function encryptFile(file: string, secret: VaultSecret): Promise<void> {
  const content = await read(file)
  if (isVault(content.toString('latin1')))
    throw new InputError({
      summary: 'this file is encrypted already',
      location: { file },
      hint: 'playbook vault rekey',
    })
  await replaceFile(file, sealVault(content, secret))
}

/** Decrypts a file in place; only its owner can read it afterwards. @throws InputError */
export async function decryptFile(file: string, secrets: readonly VaultSecret[]): Promise<void> {
  await replaceFile(file, await openFile(file, secrets), 0o600)
}

/** Encrypts a file anew with another password. @throws InputError */
export async function rekeyFile(file: string, secrets: readonly VaultSecret[], next: VaultSecret): Promise<void> {
  await replaceFile(file, sealVault(await openFile(file, secrets), next))
}

/** The content of an encrypted file. @throws InputError */
export async function openFile(file: string, secrets: readonly VaultSecret[]): Promise<Buffer> {
  const text = (await read(file)).toString('latin1')
  if (!isVault(text)) throw new InputError({ summary: 'this file is not encrypted', location: { file } })
  return openVault(text, secrets, { file })
}

/**
 * Lets an editor change the content of an encrypted file. The plain text stands in a folder that only its owner can
 * enter, in memory where the system has such a place, and is gone afterwards.
 *
 * @throws InputError
 */
export async function editFile(
  file: string,
  secrets: readonly VaultSecret[],
  edit: (plainFile: string) => Promise<void>,
): Promise<'changed' | 'unchanged'> {
  const before = await openFile(file, secrets)
  const sealedWith = vaultId((await read(file)).toString('latin1'))
  const secret = secrets.find(({ id }) => id === sealedWith) ?? secrets[0]
  if (!secret) throw new InputError({ summary: 'no vault password is known', location: { file } })
  const folder = mkdtempSync(join(await memoryFolder(), 'vault-edit-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const plainFile = join(folder, basename(file))
    await writeFile(plainFile, before, { mode: 0o600 })
    await edit(plainFile)
    const after = await readFile(plainFile)
    if (after.equals(before)) return 'unchanged'
    await replaceFile(file, sealVault(after, secret))
    return 'changed'
  } finally {
    remove()
    process.off('exit', remove)
  }
}

async function memoryFolder(): Promise<string> {
  const memory = '/dev/shm'
  return (await stat(memory).catch(() => undefined))?.isDirectory() ? memory : tmpdir()
}

async function read(file: string): Promise<Buffer> {
  const content = await readFile(file).catch(() => undefined)
  if (content) return content
  throw new InputError({ summary: `there is no readable file "${file}"`, hint: 'check path, owner and mode' })
}

/** Replaces a file in one step: whoever reads it sees the old content or the new, never a part. */
async function replaceFile(file: string, content: string | Buffer, mode?: number): Promise<void> {
  const wanted = mode ?? (await stat(file)).mode & 0o777
  const folder = mkdtempSync(join(dirname(file), `.${basename(file)}-`))
  try {
    const temporary = join(folder, basename(file))
    await writeFile(temporary, content, { mode: 0o600 })
    await chmod(temporary, wanted)
    await rename(temporary, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
