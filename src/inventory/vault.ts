import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import type { Secret } from '../core/secret.ts'

/** A password of ansible-vault and the vault id it belongs to (`default` when none was given). */
export interface VaultSecret {
  readonly id: string
  readonly password: Secret
}

const marker = '$ANSIBLE_VAULT;'

/** Whether a text is an ansible-vault envelope: the whole file, or the text of a `!vault` value. */
export function isVault(text: string): boolean {
  return text.trimStart().startsWith(marker)
}

interface Envelope {
  /** The vault id of format 1.2; format 1.1 has none. */
  readonly id: string | undefined
  readonly salt: Buffer
  readonly hmac: Buffer
  readonly ciphertext: Buffer
}

/**
 * Opens an envelope of ansible-vault, formats 1.1 and 1.2 with AES256
 * (https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html). The password whose vault id
 * the envelope names is tried first, then the others, in order.
 *
 * @throws InputError: a damaged envelope, no password, no password that fits.
 */
export function openVault(text: string, secrets: readonly VaultSecret[], location: Location): Buffer {
  const envelope = readEnvelope(text, location)
  if (secrets.length === 0) throw noPassword(location)
  const ordered = secrets.toSorted((a, b) => Number(b.id === envelope.id) - Number(a.id === envelope.id))
  for (const { password } of ordered) {
    const plaintext = decrypt(envelope, password)
    if (plaintext) return plaintext
  }
  throw wrongPassword(envelope, secrets, location)
}

/** Seals text or bytes; with a vault id other than `default` in format 1.2, as `ansible-vault` does. */
export function sealVault(plaintext: string | Buffer, { id, password }: VaultSecret): string {
  const salt = randomBytes(32)
  const { cipherKey, hmacKey, iv } = deriveKeys(password, salt)
  const cipher = createCipheriv('aes-256-ctr', cipherKey, iv)
  const ciphertext = Buffer.concat([cipher.update(pad(Buffer.from(plaintext))), cipher.final()])
  const hmac = createHmac('sha256', hmacKey).update(ciphertext).digest()
  const inner = [salt, hmac, ciphertext].map((part) => part.toString('hex')).join('\n')
  const lines =
    Buffer.from(inner)
      .toString('hex')
      .match(/.{1,80}/g) ?? []
  const header = id === 'default' ? `${marker}1.1;AES256` : `${marker}1.2;AES256;${id}`
  return `${[header, ...lines].join('\n')}\n`
}

/** The vault id that an envelope names; `default` in format 1.1. */
export function vaultId(text: string): string {
  return text.trimStart().split('\n')[0]?.split(';')[3]?.trim() ?? 'default'
}

function readEnvelope(text: string, location: Location): Envelope {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const [, version = '', cipher = '', id] = header.split(';').map((part) => part.trim())
  if (version !== '1.1' && version !== '1.2') throw damaged(`format "${version}" is not 1.1 or 1.2`, location)
  if (cipher !== 'AES256') throw damaged(`cipher "${cipher}" is not AES256`, location)
  const inner = unhex(lines.map((line) => line.trim()).join(''), location).toString('latin1')
  const [salt, hmac, ciphertext, ...more] = inner.split('\n').map((part) => unhex(part, location))
  if (!salt || !hmac || !ciphertext || more.length > 0) throw damaged('salt, checksum or text is missing', location)
  return { id: version === '1.2' ? id : undefined, salt, hmac, ciphertext }
}

function unhex(text: string, location: Location): Buffer {
  if (text === '' || text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text))
    throw damaged('it is cut off, or holds something else than hexadecimal digits', location)
  return Buffer.from(text, 'hex')
}

/** The text, or undefined when the password is not the one. */
function decrypt({ salt, hmac, ciphertext }: Envelope, password: Secret): Buffer | undefined {
  const { cipherKey, hmacKey, iv } = deriveKeys(password, salt)
  const expected = createHmac('sha256', hmacKey).update(ciphertext).digest()
  if (hmac.length !== expected.length || !timingSafeEqual(hmac, expected)) return undefined
  const decipher = createDecipheriv('aes-256-ctr', cipherKey, iv)
  return unpad(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
}

function deriveKeys(password: Secret, salt: Buffer): { cipherKey: Buffer; hmacKey: Buffer; iv: Buffer } {
  const bytes = pbkdf2Sync(password.reveal(), salt, 10_000, 80, 'sha256')
  return { cipherKey: bytes.subarray(0, 32), hmacKey: bytes.subarray(32, 64), iv: bytes.subarray(64, 80) }
}

const blockSize = 16

function pad(data: Buffer): Buffer {
  const length = blockSize - (data.length % blockSize)
  return Buffer.concat([data, Buffer.alloc(length, length)])
}

function unpad(data: Buffer): Buffer {
  return data.subarray(0, data.length - (data.at(-1) ?? 0))
}

function damaged(why: string, location: Location): InputError {
  return new InputError({ summary: `this is not a sound vault: ${why}`, location, hint: 'encrypt the value again' })
}

function noPassword(location: Location): InputError {
  return new InputError({
    summary: 'this value is encrypted with ansible-vault, and no vault password is known',
    location,
    hint: 'give --vault-password-file FILE or --ask-vault-pass, or set ANSIBLE_VAULT_PASSWORD_FILE',
  })
}

function wrongPassword({ id }: Envelope, secrets: readonly VaultSecret[], location: Location): InputError {
  const tried = secrets.map((secret) => secret.id).join(', ')
  return new InputError({
    summary: `no vault password opens this value${id === undefined ? '' : `, which asks for the vault id "${id}"`}`,
    location,
    detail: `passwords tried: ${tried}`,
    hint: 'check the password file; the value may be encrypted with another password',
  })
}
