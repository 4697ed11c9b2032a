import { readFile, stat } from 'node:fs/promises'
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'
import { Secret } from '../core/secret.ts'
import { expandHome } from './paths.ts'
import type { Target } from './target.ts'

/** What can prove who we are: a key of the agent, or one in a file whose passphrase is asked for when it is needed. */
export interface Identity {
  /** For people: `agent key ed25519 me@home`, `~/.ssh/id_ed25519`. */
  readonly label: string
  readonly publicKey: ParsedKey
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>
}

export interface KeyringOptions {
  readonly askSecret: ((question: string) => Promise<Secret | undefined>) | undefined
}

export interface Identities {
  readonly identities: readonly Identity[]
  /** Why a key that was asked for is not among them. */
  readonly notes: readonly string[]
}

export type WantedKeys = Pick<Target, 'identityFiles' | 'identitiesOnly' | 'agentSocket' | 'certificates'>

/** The keys of this machine's user, each read and each passphrase asked for once, whatever the number of hosts. */
export interface Keyring {
  /** In the order to offer them: those named by file, then (unless told otherwise) the others that the agent has. */
  identities(wanted: WantedKeys): Promise<Identities>
}

const defaultFiles = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519']

export function createKeyring({ askSecret }: KeyringOptions): Keyring {
  const files = new Map<string, Promise<Identity | string>>()
  const agents = new Map<string, Promise<readonly Identity[]>>()

  return {
    async identities({ identityFiles, identitiesOnly, agentSocket, certificates }) {
      const paths = identityFiles.length > 0 ? identityFiles : defaultFiles.map(expandHome)
      const loaded = await Promise.all(paths.map((path) => once(files, path, () => readIdentity(path, askSecret))))
      const fromAgent = agentSocket ? await once(agents, agentSocket, () => agentIdentities(agentSocket)) : []
      const held = (key: ParsedKey) => fromAgent.find(({ publicKey }) => sameKey(publicKey, key))
      const ofFiles = loaded.filter((item): item is Identity => typeof item !== 'string')
      // A key that the agent holds too is signed by the agent: no passphrase to ask for.
      const first = ofFiles.map((identity) => held(identity.publicKey) ?? identity)
      const others = identitiesOnly ? [] : fromAgent.filter((identity) => !first.includes(identity))
      const unread = identityFiles.length > 0 ? loaded.filter((item): item is string => typeof item === 'string') : []
      const unable = certificates.map((path) => `${path}: certificates of users cannot be shown to a host here`)
      return { identities: [...first, ...others], notes: [...unread, ...unable] }
    },
  }
}

function once<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = cache.get(key) ?? make()
  cache.set(key, value)
  return value
}

/** An agent for ssh2 that offers these identities one after the other, and remembers which it offered. */
export function agentOf(identities: readonly Identity[]): BaseAgent {
  return new IdentityAgent(identities)
}

class IdentityAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #identities: readonly Identity[]

  constructor(identities: readonly Identity[]) {
    super()
    this.#identities = identities
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(
      undefined,
      this.#identities.map(({ publicKey }) => publicKey),
    )
  }

  /** ssh2 always gives the options; its types also allow for them to be left out. */
  override sign(
    key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    const done = typeof options === 'function' ? options : callback
    const hash = typeof options === 'function' ? undefined : options.hash
    const identity = this.#identities.find(({ publicKey }) => publicKey === key)
    identity?.sign(data, hash).then(
      (signature) => done?.(null, signature),
      (error) => done?.(error instanceof Error ? error : new Error(String(error))),
    )
  }
}

function agentIdentities(socket: string): Promise<readonly Identity[]> {
  const agent = ssh2.createAgent(socket) as BaseAgent<ParsedKey>
  return new Promise((resolve) => {
    agent.getIdentities((error, keys) => {
      if (error || !keys) return resolve([])
      resolve(
        (keys as ParsedKey[]).map((publicKey) => ({
          label: `agent key ${publicKey.type.replace('ssh-', '')} ${publicKey.comment}`.trim(),
          publicKey,
          sign: (data, hash) =>
            new Promise((done, fail) =>
              agent.sign(publicKey, data, (hash ? { hash } : {}) as ssh2.SigningRequestOptions, (failure, signature) =>
                signature ? done(signature) : fail(failure ?? new Error('the agent did not sign')),
              ),
            ),
        })),
      )
    })
  })
}

/** An identity, or why there is none. */
async function readIdentity(path: string, askSecret: KeyringOptions['askSecret']): Promise<Identity | string> {
  const read = await Promise.all([readFile(path), stat(path)]).catch((error: NodeJS.ErrnoException) => error)
  if (!Array.isArray(read)) return withoutPrivate(path, read)
  const [text, info] = read
  const key = ssh2.utils.parseKey(text)
  const isPublic = !(key instanceof Error) && !key.isPrivateKey()
  if (!isPublic && info.uid === process.getuid?.() && (info.mode & 0o077) !== 0)
    return `${path}: not used, since others can read it (chmod 600 ${path})`
  if (!(key instanceof Error)) return plainIdentity(path, key)
  if (!/encrypted/i.test(key.message)) return `${path}: ${key.message}`
  const publicKey = publicPart(text) ?? (await readFile(`${path}.pub`).then(parsePublic, () => undefined))
  if (!publicKey) return `${path}: is encrypted, and there is no ${path}.pub beside it`
  return encryptedIdentity(path, text, publicKey, askSecret)
}

/** The public half may be at hand, and the private one in the agent only. */
async function withoutPrivate(path: string, { code, message }: NodeJS.ErrnoException): Promise<Identity | string> {
  const publicKey = await readFile(`${path}.pub`).then(parsePublic, () => undefined)
  return publicKey
    ? publicIdentity(path, publicKey)
    : `${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`
}

function publicIdentity(path: string, publicKey: ParsedKey): Identity {
  return {
    label: path,
    publicKey,
    sign: () => Promise.reject(new Error(`${path}: the private key is neither there nor in the agent`)),
  }
}

function plainIdentity(path: string, key: ParsedKey): Identity {
  if (!key.isPrivateKey()) return publicIdentity(path, key)
  return { label: path, publicKey: key, sign: async (data, hash) => signed(key.sign(data, hash)) }
}

function encryptedIdentity(
  path: string,
  text: Buffer,
  publicKey: ParsedKey,
  askSecret: KeyringOptions['askSecret'],
): Identity {
  let unlocked: Promise<ParsedKey> | undefined

  async function unlock(): Promise<ParsedKey> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const passphrase = await askSecret?.(`Passphrase for ${path}${attempt > 0 ? ' (that one was wrong)' : ''}`)
      if (!passphrase) break
      const key = ssh2.utils.parseKey(text, new Secret(passphrase.reveal()).reveal())
      if (!(key instanceof Error)) return key
    }
    throw new Error(`${path} is encrypted, and its passphrase is not known`)
  }

  return {
    label: path,
    publicKey,
    async sign(data, hash) {
      unlocked ??= unlock()
      return signed((await unlocked).sign(data, hash))
    },
  }
}

function signed(signature: Buffer | Error): Buffer {
  if (signature instanceof Error) throw signature
  return signature
}

function sameKey(a: ParsedKey, b: ParsedKey): boolean {
  return a.getPublicSSH().equals(b.getPublicSSH())
}

function parsePublic(text: Buffer | string): ParsedKey | undefined {
  const key = ssh2.utils.parseKey(text)
  return key instanceof Error ? undefined : key
}

/** OpenSSH's own format (PROTOCOL.key) has the public key in the clear, in front of the encrypted private one. */
function publicPart(text: Buffer): ParsedKey | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text.toString('latin1'))?.[1]
  const bytes = Buffer.from(body ?? '', 'base64')
  const magic = 'openssh-key-v1\0'
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined
  let at = magic.length
  const next = (): Buffer => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.subarray(at - length, at)
  }
  next()
  next()
  next()
  at += 4
  const blob = next()
  return parsePublic(`${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')}`)
}
