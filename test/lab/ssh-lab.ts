import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from '@jest/globals'
import { labFiles } from '../../lab/index.ts'
import { sh } from '../../src/core/command.ts'
import type { Host } from '../../src/core/host.ts'
import { createTransport, type HostConnection, type TransportOptions } from '../../src/transport/index.ts'
import { environment, main } from '../cli/support.ts'
import { newKeyFile } from '../transport/helpers/sshd.ts'
import { onConsole, outcomeOf } from './support.ts'

/** A lab of this process alone: its hosts get users and settings that no other test expects. */
export const sshLab = { name: `ss${process.pid.toString(36)}` }
export const names = ['east-mirror-1', 'east-mirror-2', 'west-mirror-1'] as const
export type Name = (typeof names)[number]

/** The last part of their addresses, as the lab's topology has it. */
const octets: Readonly<Record<Name, number>> = { 'east-mirror-1': 12, 'east-mirror-2': 13, 'west-mirror-1': 22 }

export const folder = mkdtempSync(join(tmpdir(), 'ssh-lab-'))
afterAll(() => rmSync(folder, { recursive: true }))

export function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

let keys = 0

/** A new private key; its public half is beside it. */
export function newKey({ type = 'ed25519', passphrase = '' } = {}): string {
  return newKeyFile(join(folder, `key${++keys}`), type, passphrase)
}

export const publicKey = (key: string) => readFileSync(`${key}.pub`, 'utf8').trim()

/** The address of a host of the lab. */
export function addressOf(host: Name, ipv6 = false): string {
  if (ipv6) return `fe80::${octets[host]}%lab-${sshLab.name}`
  const found = knownHosts().find((line) => line.includes(`,${host} `))
  return found?.split(',')[0] ?? ''
}

/** Type and key that a host shows. */
export function hostKey(host: Name): string {
  const found = knownHosts().find((line) => line.includes(`,${host} `))
  return found?.split(' ').slice(1).join(' ') ?? ''
}

const knownHosts = () => readFileSync(labFiles(sshLab.name).knownHosts, 'utf8').trim().split('\n')

/** Makes a user with a key of its own, who may log in from one place only when that is said. */
export async function addUser(host: Name, user: string, key: string, from?: string): Promise<void> {
  const line = `${from === undefined ? '' : `from="${from}" `}${publicKey(key)}`
  const script = `useradd -m -s /bin/bash ${user}; echo '${line}' > /etc/ssh/authorized_keys/${user}`
  await asRoot(host, script)
}

/** Runs a script on a host's console, which must succeed; answers with what it said. */
export async function asRoot(host: Name, script: string): Promise<string> {
  const { code, stdout, stderr } = await onConsole(sshLab.name, host, script)
  if (code !== 0) throw new Error(`${host}: ${script}: ${stderr}`)
  return stdout
}

/** How often the host's journal has a text since a mark was written into it; `logger` and PAM say it in order. */
export async function countInJournal(host: Name, mark: string, pattern: string): Promise<number> {
  const journal = await asRoot(host, 'journalctl --sync; journalctl -q -o cat')
  const after = journal.slice(journal.lastIndexOf(mark))
  return [...after.matchAll(new RegExp(pattern, 'g'))].length
}

export async function markJournal(host: Name): Promise<string> {
  const mark = `mark ${++keys} of the test`
  await asRoot(host, `logger '${mark}'; journalctl --sync`)
  return mark
}

const connections: HostConnection[] = []
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})

/** Connects with nothing but what is said here: no agent, no configuration of this machine's user. */
export async function reach(
  host: string,
  vars: Host['vars'] = {},
  options: TransportOptions = {},
): Promise<HostConnection> {
  const base = { ansible_ssh_known_hosts_file: labFiles(sshLab.name).knownHosts }
  const transport = createTransport({ agentSocket: 'none', sshConfig: 'none', ...options })
  const connection = await transport.connect({ name: host, groups: [], vars: { ...base, ...vars } })
  connections.push(connection)
  return connection
}

/** Who one is there, on which host, and where one comes from. */
export async function whereAmI(connection: HostConnection): Promise<string | undefined> {
  const [result] = await connection.run([sh('echo $(id -un) $(hostname) $(echo $SSH_CLIENT | cut -d" " -f1)')], {
    timeout: 20,
  })
  return result?.stdout.trim()
}

/** What OpenSSH does with the same: its exit code, and what it says. */
export function bySsh(options: readonly string[], host: string) {
  return outcomeOf(['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', ...options, host, 'true'])
}

/** Runs `playbook` on a terminal, and types an answer each time that a question comes. */
export async function onTerminal(
  cwd: string,
  args: readonly string[],
  { question, answer }: { readonly question: string; readonly answer: string },
): Promise<{ readonly code: number; readonly text: string; readonly asked: number }> {
  const command = `stty cols 200 rows 50; exec ${process.execPath} ${main} ${args.join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env: { ...environment, TERM: 'xterm' } })
  let text = ''
  let asked = 0
  child.stdout.on('data', (piece) => {
    text += piece
    while (text.split(question).length - 1 > asked) {
      asked++
      child.stdin.write(`${answer}\r`)
    }
  })
  const [code] = await once(child, 'close')
  return { code, text, asked }
}
