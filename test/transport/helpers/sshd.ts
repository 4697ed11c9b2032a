import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Host } from '../../../src/core/host.ts'

const sshd = '/usr/sbin/sshd'
const isRoot = process.getuid?.() === 0

/** Why tests against OpenSSH's own sshd cannot be run here; undefined when they can. Installs it where we may. */
export function whyNoSshd(): string | undefined {
  if (!existsSync(sshd) && isRoot && existsSync('/usr/bin/apt-get'))
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'openssh-server'], { stdio: 'ignore' })
  return existsSync(sshd) ? undefined : 'openssh-server is not installed'
}

/** Why there can be no users of our own making on it. */
export function whyNoUsers(): string | undefined {
  if (!isRoot) return 'it takes root to make users'
  return existsSync('/usr/bin/sudo') ? undefined : 'sudo is not installed'
}

export interface User {
  readonly name: string
  /** Lines of sudoers, `NAME` for its name. */
  readonly sudoers?: string
  readonly shell?: string
  readonly password?: string
}

export interface Sshd {
  readonly port: number
  readonly folder: string
  /** A private key that every user takes. */
  readonly keyFile: string
  readonly knownHostsFile: string
  host(user?: string, vars?: Readonly<Record<string, unknown>>): Host
  stop(): Promise<void>
}

export interface SshdOptions {
  readonly users?: readonly User[]
  /** root's password, in the same private view of /etc as the users. */
  readonly rootPassword?: string
  readonly doas?: string
  readonly config?: readonly string[]
  readonly hostKeyTypes?: readonly string[]
}

/**
 * OpenSSH's sshd on a free port of this machine. As root it runs in a mount namespace of its own, in which /etc/passwd,
 * /etc/shadow and /etc/sudoers are ours: its users exist there and nowhere else.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const { users = [], config = [], hostKeyTypes = ['ed25519'] } = options
  const folder = await mkdtemp(join(tmpdir(), 'transport-sshd-'))
  execFileSync('chmod', ['755', folder])
  const keyFile = newKeyFile(join(folder, 'id'), 'ed25519')
  const hostKeys = hostKeyTypes.map((type) => newKeyFile(join(folder, `host_${type}`), type))
  const port = await freePort()
  const file = (name: string, text: string, mode = 0o644) => writeFileSync(join(folder, name), text, { mode })
  file('authorized_keys', readFileSync(`${keyFile}.pub`, 'utf8'))
  file(
    'sshd_config',
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      'ListenAddress ::1',
      ...hostKeys.map((key) => `HostKey ${key}`),
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      ...config,
      '',
    ].join('\n'),
  )
  // A file can only be laid over one that is there.
  const ownDoas = isRoot && options.doas !== undefined && !existsSync('/etc/doas.conf')
  if (ownDoas) writeFileSync('/etc/doas.conf', '', { mode: 0o600 })
  const child = isRoot ? startPrivately(folder, options) : spawn(sshd, ['-D', '-e', '-f', join(folder, 'sshd_config')])
  let log = ''
  child.stderr?.on('data', (data) => {
    log += String(data)
  })
  await listening(port, child, () => log)
  const knownHostsFile = join(folder, 'known_hosts')
  const publicKeys = hostKeys.map((key) => readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' '))
  file('known_hosts', publicKeys.map((key) => `[127.0.0.1]:${port},[::1]:${port} ${key}\n`).join(''))
  return {
    port,
    folder,
    keyFile,
    knownHostsFile,
    host: (user = users[0]?.name ?? userInfo().username, vars = {}) => ({
      name: 'real',
      groups: [],
      vars: {
        ansible_host: '127.0.0.1',
        ansible_port: port,
        ansible_user: user,
        ansible_ssh_private_key_file: keyFile,
        ansible_ssh_known_hosts_file: knownHostsFile,
        ansible_ssh_args: '-F none',
        ...vars,
      },
    }),
    async stop() {
      if (ownDoas) rmSync('/etc/doas.conf')
      child.kill()
      await new Promise((resolve) => child.once('exit', resolve))
      await rm(folder, { recursive: true })
    },
  }
}

function startPrivately(folder: string, { users = [], rootPassword, doas }: SshdOptions): ChildProcess {
  const view = join(folder, 'etc')
  mkdirSync(view)
  const write = (name: string, text: string, mode: number) => writeFileSync(join(view, name), text, { mode })
  const ids = users.map((user, index) => ({ ...user, id: 47_000 + index, home: join(folder, 'home', user.name) }))
  for (const { home, id } of ids) {
    mkdirSync(home, { recursive: true })
    execFileSync('chown', [`${id}:${id}`, home])
  }
  const passwd = ids.map(({ name, id, home, shell = '/bin/bash' }) => `${name}:x:${id}:${id}::${home}:${shell}\n`)
  write('passwd', `${readFileSync('/etc/passwd', 'utf8')}${passwd.join('')}`, 0o644)
  write(
    'group',
    `${readFileSync('/etc/group', 'utf8')}${ids.map(({ name, id }) => `${name}:x:${id}:\n`).join('')}`,
    0o644,
  )
  const shadow = ids.map(({ name, password }) => `${name}:${password ? hashed(password) : '*'}:19000:0:99999:7:::\n`)
  const others = readFileSync('/etc/shadow', 'utf8').replace(
    /^root:[^:]*/m,
    `root:${rootPassword ? hashed(rootPassword) : '*'}`,
  )
  write('shadow', `${others}${shadow.join('')}`, 0o600)
  const sudoers = ids.map(({ name, sudoers: lines = '' }) => `${lines.replaceAll('NAME', name)}\n`)
  const path = 'Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"'
  write('sudoers', ['Defaults env_reset', 'Defaults use_pty', path, ...sudoers, ''].join('\n'), 0o440)
  write('doas.conf', `${doas ?? ''}\n`, 0o600)
  const binds = ['passwd', 'group', 'shadow', 'sudoers', ...(doas === undefined ? [] : ['doas.conf'])]
  mkdirSync('/run/sshd', { recursive: true })
  const mounts = binds.map((name) => `mount --bind ${join(view, name)} /etc/${name}`).join(' && ')
  const start = `${mounts} && exec ${sshd} -D -e -f ${join(folder, 'sshd_config')}`
  return spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', start], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

function hashed(password: string): string {
  return execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim()
}

export function newKeyFile(path: string, type: string, passphrase = ''): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', `test ${type}`, '-f', path])
  return path
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (;;) {
    const ready = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (ready) return
    if (child.exitCode !== null) throw new Error(`sshd did not start: ${log()}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
