import ssh2 from 'ssh2'

export interface KeyPair {
  readonly private: string
  readonly public: string
}

/** A new ed25519 key in OpenSSH's format. One in some hundreds that ssh2 makes is malformed; those are passed over. */
export function newKey(options: { readonly passphrase?: string } = {}): KeyPair {
  const encryption = options.passphrase ? { ...options, cipher: 'aes256-ctr', rounds: 2 } : {}
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', encryption)
    if (!(ssh2.utils.parseKey(pair.private, options.passphrase) instanceof Error)) return pair
  }
}
