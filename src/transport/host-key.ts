import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConnectError } from '../core/errors.ts'
import { quote } from '../core/quote.ts'
import {
  fingerprint,
  hashName,
  hostPattern,
  judge,
  type KnownHost,
  keyType,
  knownEntries,
  parseKnownHosts,
} from './known-hosts.ts'
import type { Target } from './target.ts'

/** All lines of the files; one that is missing or cannot be read counts as empty, as for OpenSSH. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHost[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.flatMap((text, index) => parseKnownHosts(text, files[index] ?? ''))
}

/**
 * The algorithms to ask a host for: those of the keys that are on file for it come first, so that it shows one of them.
 * As for OpenSSH, the first key of a type decides; when that one is revoked, the type is not asked for first; and an
 * order that the user has set is left as it is.
 */
export function sortHostKeyAlgorithms(
  { algorithms: { serverHostKey: wanted }, hostKeyName: { host, port }, hostKeyOrderFixed }: HostKeyTarget,
  known: readonly KnownHost[],
): string[] {
  if (hostKeyOrderFixed) return [...wanted]
  const entries = knownEntries(known, host, port)
  const revoked = entries.filter(({ marker }) => marker === 'revoked').map(({ key }) => key)
  const onFile = (algorithm: string) => {
    const type = algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm
    const first = entries.find((entry) => entry.marker === undefined && entry.type === type)
    return first !== undefined && !revoked.includes(first.key)
  }
  return [...wanted.filter(onFile), ...wanted.filter((algorithm) => !onFile(algorithm))]
}

type HostKeyTarget = Pick<Target, 'algorithms' | 'hostKeyName' | 'hostKeyOrderFixed'>

/**
 * Says whether the key that a host shows may be trusted; under `accept-new` the key of a new host is put on file.
 *
 * @throws ConnectError for an unknown, changed or revoked key.
 */
export async function checkHostKey(target: Target, known: readonly KnownHost[], key: Buffer): Promise<void> {
  const verdict = judge(known, target.hostKeyName.host, target.hostKeyName.port, key)
  if (verdict.kind === 'ok') return
  if (verdict.kind === 'revoked') throw refusal(target, ...revoked(target, verdict.entry))
  if (verdict.kind === 'changed') throw refusal(target, ...changed(target, verdict.entries, key))
  if (target.hostKeyChecking === 'strict') throw refusal(target, ...unknown(target, verdict.authorities, key))
  const [file = ''] = target.knownHosts
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const name = target.hashNames ? hashName(fileName(target)) : fileName(target)
  const line = `${name} ${keyType(key)} ${key.toString('base64')}\n`
  await appendFile(file, line, { mode: 0o600 })
}

type Words = readonly [summary: string, detail: string, hint: string]

function refusal({ name, address, port }: Target, summary: string, detail: string, hint: string): ConnectError {
  return new ConnectError({ host: name, address: `${address}:${port}`, step: 'host key', summary, detail, hint })
}

function unknown(target: Target, authorities: readonly KnownHost[], key: Buffer): Words {
  const { name, address, port, knownHosts } = target
  const [file = ''] = knownHosts
  const ca = authorities.map(({ file: path, line }) => `${path}:${line}`).join(', ')
  return [
    `${name}: the host key of ${address} port ${port} is not known`,
    [
      `it shows ${keyType(key)} ${fingerprint(key)}`,
      `looked for ${fileName(target)} in ${knownHosts.join(', ')}`,
      ...(ca
        ? [`a certificate authority is on file for it (${ca}), but host certificates cannot be checked here`]
        : []),
    ].join('\n'),
    `compare the fingerprint with the host's own (ssh-keygen -l on its /etc/ssh/*.pub), then: ssh-keyscan -t ${scanType(key)} -p ${port} ${quote(address)} >> ${quote(file)}`,
  ]
}

function changed(target: Target, entries: readonly KnownHost[], key: Buffer): Words {
  const { name, address, port } = target
  const [first] = entries
  return [
    `${name}: THE HOST KEY OF ${address} PORT ${port} HAS CHANGED: another machine may answer in its place`,
    [
      `it shows ${keyType(key)} ${fingerprint(key)}`,
      ...entries.map(
        ({ file, line, type, key: old }) => `${file}:${line} has ${type} ${fingerprint(Buffer.from(old, 'base64'))}`,
      ),
    ].join('\n'),
    `find out why; only if the host was set up anew: ssh-keygen -R ${quote(fileName(target))} -f ${quote(first?.file ?? '')}`,
  ]
}

function revoked({ name, address, port }: Target, { file, line }: KnownHost): Words {
  return [
    `${name}: the host key of ${address} port ${port} is marked as revoked`,
    `${file}:${line} revokes it`,
    'do not connect; give the host a new key, or take the line away if it is wrong',
  ]
}

/** The name under which its key is on file. */
function fileName({ hostKeyName: { host, port } }: Target): string {
  return hostPattern(host, port)
}

/** The type by ssh-keyscan's word for it. */
function scanType(key: Buffer): string {
  const type = keyType(key) ?? ''
  if (type.startsWith('ecdsa')) return 'ecdsa'
  return type.replace('ssh-', '')
}
