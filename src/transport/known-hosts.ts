import { createHash, createHmac, randomBytes } from 'node:crypto'

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly marker: 'cert-authority' | 'revoked' | undefined
  /** Names as written: patterns separated by commas, or one hashed name. */
  readonly names: string
  readonly type: string
  /** The public key, in base64. */
  readonly key: string
}

export type Verdict =
  | { readonly kind: 'ok'; readonly entry: KnownHost }
  /** No key of it is on file; `authorities` may sign for it, which we cannot check. */
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHost[] }
  | { readonly kind: 'changed'; readonly entries: readonly KnownHost[] }
  | { readonly kind: 'revoked'; readonly entry: KnownHost }

/** The usable lines of a known_hosts file. Lines that OpenSSH would skip (comments, garbage, SSH 1 keys) are skipped. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line
      .replace(/\0.*/, '')
      .trim()
      .split(/[ \t]+/)
    const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined
    if (marker !== undefined && marker !== 'cert-authority' && marker !== 'revoked') return []
    const [names = '', type = '', key = ''] = words
    if (names === '' || names.startsWith('#') || !isPublicKey(type, key)) return []
    return [{ file, line: index + 1, marker, names, type, key }]
  })
}

/** The lines that speak of a host: of its name with the port, or when there is none, of its name alone, as OpenSSH. */
export function knownEntries(all: readonly KnownHost[], host: string, port: number): readonly KnownHost[] {
  return all.filter(({ names }) => matchesNames(names, hostPattern(host, port)))
}

/**
 * What the files say about a key that a host has shown. A key of another type than those on file counts as changed:
 * we ask for the types that are on file, so an honest host would not show it.
 */
export function judge(all: readonly KnownHost[], host: string, port: number, shown: Buffer): Verdict {
  const verdict = judgeEntries(knownEntries(all, host, port), shown)
  if (verdict.kind !== 'unknown' || port === 22) return verdict
  const plain = judgeEntries(knownEntries(all, host, 22), shown)
  return plain.kind === 'ok' || plain.kind === 'revoked' ? plain : verdict
}

function judgeEntries(entries: readonly KnownHost[], shown: Buffer): Verdict {
  const same = entries.filter(({ key }) => Buffer.from(key, 'base64').equals(shown))
  const revoked = same.find(({ marker }) => marker === 'revoked')
  if (revoked) return { kind: 'revoked', entry: revoked }
  const good = same.find(({ marker }) => marker === undefined)
  if (good) return { kind: 'ok', entry: good }
  const others = entries.filter(({ marker }) => marker === undefined)
  if (others.length > 0) return { kind: 'changed', entries: others }
  return { kind: 'unknown', authorities: entries.filter(({ marker }) => marker === 'cert-authority') }
}

/** The name that stands in the file: `host`, or `[host]:port` when the port is not 22. */
export function hostPattern(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** A name as `HashKnownHosts` has it on file, so that who reads the file does not learn what hosts there are. */
export function hashName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

/** `SHA256:…`, as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type that a public key says it has, `ssh-ed25519` for instance; undefined when it is none. */
export function keyType(key: Buffer): string | undefined {
  return keyFields(key)?.[0]?.toString('latin1')
}

/** How many fields a key has, its type included (RFC 4253, 5656, 8709; sk: OpenSSH's PROTOCOL.u2f). */
const fieldCounts: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ssh-dss': 5,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
}

function isPublicKey(type: string, base64: string): boolean {
  if (!/^[A-Za-z0-9+/]+=*$/.test(base64)) return false
  const fields = keyFields(Buffer.from(base64, 'base64'))
  return fields?.length === fieldCounts[type] && fields?.[0]?.toString('latin1') === type
}

/** The fields of a public key, each with its length before it; undefined when they do not add up. */
function keyFields(key: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  for (let at = 0; at < key.length; ) {
    if (at + 4 > key.length) return undefined
    const end = at + 4 + key.readUInt32BE(at)
    if (end > key.length) return undefined
    fields.push(key.subarray(at + 4, end))
    at = end
  }
  return fields
}

function matchesNames(names: string, host: string): boolean {
  if (names.startsWith('|')) return matchesHash(names, host)
  const patterns = names.toLowerCase().split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), host))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && glob(pattern, host))
}

function matchesHash(names: string, host: string): boolean {
  const [, version, salt = '', hash = ''] = names.split('|')
  if (version !== '1') return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash
}

/** `*` for any number of characters, `?` for one; nothing else is special. */
export function glob(pattern: string, text: string): boolean {
  let [p, t, star, from] = [0, 0, -1, 0]
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      from = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++from
    } else return false
  }
  return /^\**$/.test(pattern.slice(p))
}
