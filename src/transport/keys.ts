import { readFile, stat } from 'node:fs/promises'
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'
import { Secret } from '../core/secret.ts'
import { expandHome } from './options.ts'

/** What can prove who we are: a key of the agent, or one in a file whose passphrase is asked for when it is needed. */
export interface Identity {
  /** For people: `agent key ed25519 me@home`, `~/.ssh/id_ed25519`. */
  readonly label: string
  readonly publicKey: ParsedKey
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>
}

export interface KeyringOptions {
  /** Path of the agent's socket; undefined for none. */
  readonly agentSocket: string | undefined
  readonly askSecret: ((question: string) => Promise<Secret | undefined>) | undefined
}

export interface Identities {
  readonly identities: readonly Identity[]
  /** Why a key that was asked for is not among them. */
  readonly notes: readonly string[]
}

/** The keys of this machine's user, each read and each passphrase asked for once, whatever the number of hosts. */
export interface Keyring {
  /** In the order to offer them: as OpenSSH, those named by file first, then the agent's. */
  identities(files: readonly string[]): Promise<Identities>
}

const defaultFiles = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519']

export function createKeyring({ agentSocket, askSecret }: KeyringOptions): Keyring {
  const files = new Map<string, Promise<Identity | string>>()
  let agent: Promise<readonly Identity[]> | undefined

  function load(path: string): Promise<Identity | string> {
    const cached = files.get(path) ?? readIdentity(path, askSecret)
    files.set(path, cached)
    return cached
  }

  return {
    async identities(named) {
      const paths = (named.length > 0 ? named : defaultFiles).map(expandHome)
      const loaded = await Promise.all(paths.map(load))
      agent ??= agentSocket ? agentIdentities(agentSocket) : Promise.resolve([])
      const fromAgent = await agent
      const held = (key: ParsedKey) => fromAgent.find(({ publicKey }) => sameKey(publicKey, key))
      const ofFiles = loaded.filter((item): item is Identity => typeof item !== 'string')
      // A key that the agent holds too is signed by the agent: no passphrase to ask for.
      const first = ofFiles.map((identity) => held(identity.publicKey) ?? identity)
      return {
        identities: [...first, ...fromAgent.filter((identity) => !first.includes(identity))],
        notes: named.length > 0 ? loaded.filter((item): item is string => typeof item === 'string') : [],
      }
    },
  }
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
  if (!Array.isArray(read)) return `${path}: ${read.code === 'ENOENT' ? 'there is no such file' : read.message}`
  const [text, info] = read
  if (info.uid === process.getuid?.() && (info.mode & 0o077) !== 0)
    return `${path}: not used, since others can read it (chmod 600 ${path})`
  const key = ssh2.utils.parseKey(text)
  if (!(key instanceof Error)) return plainIdentity(path, key)
  if (!/encrypted/i.test(key.message)) return `${path}: ${key.message}`
  const publicKey = publicPart(text) ?? (await readFile(`${path}.pub`).then(parsePublic, () => undefined))
  if (!publicKey) return `${path}: is encrypted, and there is no ${path}.pub beside it`
  return encryptedIdentity(path, text, publicKey, askSecret)
}

function plainIdentity(path: string, key: ParsedKey): Identity | string {
  if (!key.isPrivateKey()) return `${path}: is not a private key`
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
