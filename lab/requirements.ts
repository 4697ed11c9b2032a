import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { InputError } from '../src/core/errors.ts'
import type { Progress } from './error.ts'
import { suite } from './mirror.ts'
import { trySh } from './shell.ts'

interface Requirement {
  /** A command on the PATH, or the path of a file. */
  readonly needs: string
  /** The Debian or Ubuntu package that brings it. */
  readonly package: string
}

const toRun: readonly Requirement[] = [
  { needs: 'systemd-nspawn', package: 'systemd-container' },
  { needs: 'ip', package: 'iproute2' },
  { needs: 'ssh', package: 'openssh-client' },
  { needs: 'ssh-keygen', package: 'openssh-client' },
  { needs: 'openssl', package: 'openssl' },
  { needs: 'flock', package: 'util-linux' },
  { needs: 'unshare', package: 'util-linux' },
]

const toBuild: readonly Requirement[] = [
  { needs: 'apt-get', package: 'apt' },
  { needs: 'mmdebstrap', package: 'mmdebstrap' },
  { needs: 'apt-ftparchive', package: 'apt-utils' },
  { needs: 'dpkg-deb', package: 'dpkg' },
  { needs: 'rpmbuild', package: 'rpm' },
  { needs: 'createrepo_c', package: 'createrepo-c' },
  { needs: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring' },
]

const defaultMirror: Requirement = { needs: '/usr/share/debootstrap/scripts/sid', package: 'debootstrap' }

/**
 * Makes sure that this machine can have a lab: root on Linux, with the tools it takes; missing ones are installed.
 * @throws InputError with one sentence on what is needed; nothing was done then.
 */
export async function requireLabMachine(progress: Progress): Promise<void> {
  requireRoot()
  const requirements = [...toRun, ...toBuild, ...(isDebian() ? [] : [defaultMirror])]
  const missing = requirements.filter(({ needs }) => !isThere(needs))
  if (missing.length > 0) await install([...new Set(missing.map((each) => each.package))], progress)
}

/** Why this process cannot have a lab; undefined when it can, as far as can be told without trying. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return `the lab runs on Linux; this machine runs ${process.platform}`
  if (process.getuid?.() !== 0) return 'the lab needs root: it boots hosts and lays a network'
  return undefined
}

export function requireRoot(): void {
  const reason = whyNoLab()
  if (reason) throw new InputError({ summary: reason, hint: 'run it with sudo on a Debian or Ubuntu machine' })
}

const inotifyInstances = '/proc/sys/fs/inotify/max_user_instances'

/**
 * Raises the kernel's limit on inotify instances a user, until the next boot: systemd and its services take about seven a
 * host, and of the usual 128 eighteen hosts leave none.
 */
export async function makeRoomForHosts(): Promise<void> {
  const limit = Number(await readFile(inotifyInstances, 'utf8'))
  // A machine that forbids it may still have room enough; a host that finds none says so on its console.
  if (limit < 1024) await writeFile(inotifyInstances, '1024').catch(() => {})
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  const names = packages.join(' ')
  if (!isThere('apt-get')) {
    throw new InputError({
      summary: `the lab needs the tools of these Debian packages, and there is no apt-get: ${names}`,
    })
  }
  progress(`installing what the lab needs: ${names}`)
  const $ = trySh({ env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  const once = async () => (await $`apt-get install --yes --no-install-recommends ${packages}`).exitCode === 0
  if (await once()) return
  // The lists may be missing or old.
  const update = await $`apt-get update`
  if (await once()) return
  throw new InputError({
    summary: `the lab needs Debian packages that could not be installed: ${names}`,
    detail: update.exitCode === 0 ? undefined : update.stderr.trim().split('\n').slice(-5).join('\n'),
    hint: `apt-get install ${names}`,
  })
}

function isThere(needs: string): boolean {
  if (needs.startsWith('/')) return existsSync(needs)
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, needs)))
}

/** Whether apt's own sources may name the mirror that the lab needs. */
function isDebian(): boolean {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return release.includes(`VERSION_CODENAME=${suite}`)
}
