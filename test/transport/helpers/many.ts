import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { until } from './processes.ts'
import { freePort, newKeyFile } from './sshd.ts'

/** As many as one sshd listens on at most. */
const addressesEach = 16

/** Many hosts that are this machine: each has a loopback address of its own. */
export interface ManyHosts {
  /** An inventory of them, `host-001` and so on, for us and for Ansible alike. */
  readonly inventory: string
  readonly names: readonly string[]
  /** Has a folder for each host, for its files. */
  readonly folder: string
  /** Sessions that stand: processes that the sshds have started. */
  sessions(): number
  stop(): Promise<void>
}

/**
 * OpenSSH's sshd, with its defaults, on so many loopback addresses. One sshd listens on sixteen of them, and hosts are
 * dealt out in turn, so that neighbours in the inventory have an sshd each.
 */
export async function manyHosts(count: number): Promise<ManyHosts> {
  const folder = await mkdtemp(join(tmpdir(), 'many-hosts-'))
  execFileSync('chmod', ['755', folder])
  const key = newKeyFile(join(folder, 'id'), 'ed25519')
  const hostKey = newKeyFile(join(folder, 'host'), 'ed25519')
  const port = await freePort()
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `host-${String(index + 1).padStart(3, '0')}`,
    address: `127.0.${10 + Math.floor(index / 200)}.${1 + (index % 200)}`,
  }))
  const [type, publicKey] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ')
  writeFileSync(
    join(folder, 'known_hosts'),
    hosts.map(({ address }) => `[${address}]:${port} ${type} ${publicKey}\n`).join(''),
  )
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${key}.pub`))
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const daemons = Math.ceil(count / addressesEach)
  const children = Array.from({ length: daemons }, (_, daemon) => {
    const addresses = hosts.filter((_, index) => index % daemons === daemon).map(({ address }) => address)
    return startDaemon(folder, daemon, port, addresses)
  })
  await Promise.all(hosts.slice(0, daemons).map(({ address }, daemon) => listening(address, port, children[daemon])))
  const sessions = () => children.reduce((sum, { pid }) => sum + childrenOf(pid), 0)
  return {
    folder,
    names: hosts.map(({ name }) => name),
    inventory: inventoryOf(folder, port, hosts),
    sessions,
    async stop() {
      await until(() => sessions() === 0, 60)
      await Promise.all(children.map(ended))
      rmSync(folder, { recursive: true })
    },
  }
}

function startDaemon(folder: string, number: number, port: number, addresses: readonly string[]): ChildProcess {
  const config = [
    `Port ${port}`,
    ...addresses.map((address) => `ListenAddress ${address}`),
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    // The login files of whoever runs this are not measured.
    `SetEnv HOME=${folder}`,
    '',
  ]
  const file = join(folder, `sshd_config-${number}`)
  writeFileSync(file, config.join('\n'))
  return spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file], { stdio: 'ignore' })
}

function inventoryOf(folder: string, port: number, hosts: readonly { name: string; address: string }[]): string {
  return [
    'all:',
    '  vars:',
    `    ansible_port: ${port}`,
    `    ansible_user: ${userInfo().username}`,
    `    ansible_ssh_private_key_file: ${folder}/id`,
    `    ansible_ssh_known_hosts_file: ${folder}/known_hosts`,
    `    ansible_ssh_common_args: -o UserKnownHostsFile=${folder}/known_hosts -o StrictHostKeyChecking=yes`,
    '  hosts:',
    ...hosts.map(({ name, address }) => `    ${name}: { ansible_host: ${address} }`),
    '',
  ].join('\n')
}

function childrenOf(pid: number | undefined): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? 0 : text.split(' ').length
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await exit
}

async function listening(address: string, port: number, child: ChildProcess | undefined): Promise<void> {
  for (;;) {
    const ready = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address)
      socket.once('connect', () => resolve(socket.destroy() !== undefined))
      socket.once('error', () => resolve(false))
    })
    if (ready) return
    if (child?.exitCode !== null) throw new Error(`an sshd on ${address} did not start`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
