import { InputError } from '../core/errors.ts'
import { glob } from './known-hosts.ts'

/** What ssh2 offers by itself, best first, and what it can do when asked for. */
interface Offer {
  readonly defaults: readonly string[]
  readonly others: readonly string[]
}

/** Without group exchange, which costs more than a second of computing a host. */
const keyExchanges: Offer = {
  defaults: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  others: ['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
}

const ciphers: Offer = {
  defaults: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  others: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
}

const macs: Offer = {
  defaults: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  others: ['hmac-sha2-256-96', 'hmac-sha2-512-96', 'hmac-sha1-96'],
}

/** SHA-1 signatures only when asked for. */
const hostKeys: Offer = {
  defaults: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  others: ['ssh-rsa', 'ssh-dss'],
}

const offers = {
  kexalgorithms: keyExchanges,
  ciphers,
  macs,
  hostkeyalgorithms: hostKeys,
}

/**
 * A list of algorithms by ssh_config's way of writing: names, or `+names` behind the default ones, `^names` before them,
 * `-patterns` for what is not wanted. Those that ssh2 does not know are left out.
 *
 * @throws InputError when none is left.
 */
export function algorithms(keyword: keyof typeof offers, wanted: string | undefined): string[] {
  const { defaults, others } = offers[keyword]
  if (wanted === undefined) return [...defaults]
  const sign = /^[+^-]/.exec(wanted)?.[0]
  const names = wanted.slice(sign ? 1 : 0).split(',')
  const known = names.filter((name) => defaults.includes(name) || others.includes(name))
  const list = {
    '+': [...defaults, ...known],
    '^': [...known, ...defaults],
    '-': defaults.filter((name) => !names.some((pattern) => glob(pattern, name))),
    '': known,
  }[sign ?? '']
  if (list && list.length > 0) return [...new Set(list)]
  throw new InputError({
    summary: `ssh configuration: none of ${wanted} (${keyword}) is known here`,
    hint: `known are ${[...defaults, ...others].join(', ')}`,
  })
}
