import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hostDir, labFiles } from './paths.ts'
import { sh } from './shell.ts'
import { addressIn, type Cidr } from './subnet.ts'
import { hostsOf, type Topology } from './topology.ts'

/** Users of every host; all of them log in with the lab's key. */
export const users = ['root', 'operator', 'deploy'] as const
export type User = (typeof users)[number]

export interface Credentials {
  readonly publicKey: string
  /** `operator`'s password, as /etc/shadow has it. */
  readonly operatorHash: string
}

/** The lab's key pair and `operator`'s password, made at the first call; both are readable by root only. */
export async function credentials(lab: string): Promise<Credentials> {
  const { privateKey, publicKey, operatorPassword } = labFiles(lab)
  if (!existsSync(publicKey)) {
    await sh`rm -f ${privateKey} && ssh-keygen -q -t ed25519 -N '' -C ${`lab ${lab}`} -f ${privateKey}`
  }
  if (!existsSync(operatorPassword)) {
    await writeFile(`${operatorPassword}.new`, randomBytes(12).toString('base64url'), { mode: 0o600 })
    await rename(`${operatorPassword}.new`, operatorPassword)
  }
  const password = await readFile(operatorPassword, 'utf8')
  const hash = await sh({ input: password })`openssl passwd -6 -stdin`
  return { publicKey: await readFile(publicKey, 'utf8'), operatorHash: hash.stdout.trim() }
}

/** Writes the lab's known_hosts: each host under its address and its name. */
export async function writeKnownHosts(lab: string, subnet: Cidr, topology: Topology): Promise<void> {
  const lines = await Promise.all(
    hostsOf(topology).map(async ({ name, octet }) => {
      const key = await readFile(join(hostDir(lab, name), 'upper/etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
      return `${addressIn(subnet, octet)},${name} ${key.split(' ').slice(0, 2).join(' ').trim()}\n`
    }),
  )
  const { knownHosts } = labFiles(lab)
  await writeFile(`${knownHosts}.new`, lines.join(''))
  await rename(`${knownHosts}.new`, knownHosts)
}

/** Options for OpenSSH that use the lab's key and known_hosts and nothing of the user's own. */
export function sshOptions(lab: string): string[] {
  const { privateKey, knownHosts } = labFiles(lab)
  const settings = [
    `IdentityFile=${privateKey}`,
    'IdentitiesOnly=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'StrictHostKeyChecking=yes',
    'LogLevel=ERROR',
  ]
  return ['-F', 'none', ...settings.flatMap((setting) => ['-o', setting])]
}
