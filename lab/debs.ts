import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artifact, artifact } from './cache.ts'
import { type ControlStanza, parseControl } from './control.ts'
import type { Progress } from './error.ts'
import { debianSources, suite } from './mirror.ts'
import { buildSampleDebs } from './sample.ts'
import { during, sh } from './shell.ts'

/** What every host has when it boots. */
const hostPackages = [
  'apt',
  'apt-utils',
  'ca-certificates',
  'dbus',
  'iproute2',
  'iputils-ping',
  'less',
  'openssh-server',
  'procps',
  'python3',
  'sudo',
  'systemd',
  'systemd-sysv',
  'usr-is-merged',
  'vim-tiny',
]

/** What the playbooks install; apt adds what these need. */
const cephPackages = ['ceph-base', 'ceph-common', 'ceph-mgr', 'ceph-mon', 'ceph-osd', 'rbd-mirror']

/** What makes an EL-flavoured host of a Debian one. */
export const elPackages = ['dnf', 'rpm']

/**
 * The packages of a lab, downloaded once:
 * `pool/` is an apt repository of all that is not Ceph, `repo/` the one that hosts are given: Ceph and the sample.
 */
export interface Debs {
  readonly dir: string
  readonly pool: string
  readonly repo: string
  /** Ceph's own packages, as apt describes them, `Filename` relative to `repo`. */
  readonly ceph: readonly ControlStanza[]
  /** Names of everything that a host has before Ceph is installed: its own packages and the libraries Ceph needs. */
  readonly base: readonly string[]
}

export async function debs(progress: Progress): Promise<Debs> {
  const sources = await debianSources()
  const made: Artifact = {
    kind: 'debs',
    recipe: { sources, hostPackages, cephPackages, elPackages, version: 1 },
    describe: 'downloading Debian packages',
    build: (dir) => during('downloading Debian packages', () => download(dir, sources)),
  }
  const dir = await artifact(made, progress)
  const base = (await readFile(join(dir, 'base.list'), 'utf8')).split('\n')
  const index = parseControl(await readFile(join(dir, 'repo', 'Packages'), 'utf8'))
  return { dir, pool: join(dir, 'pool'), repo: join(dir, 'repo'), ceph: index.filter(isCeph), base }
}

const isCeph = (stanza: ControlStanza) => stanza.Source?.split(' ')[0] === 'ceph'

async function download(dir: string, sources: readonly string[]): Promise<void> {
  const apt = join(dir, 'apt')
  const APT_CONFIG = await privateApt(apt, sources)
  const $ = sh({ env: { ...process.env, APT_CONFIG } })
  await $`apt-get update`
  const plain = ['?essential', '?priority(required)', ...hostPackages, ...cephPackages]
  const planned = await $`apt-get install --simulate ${plain}`
  await $`apt-get install --download-only --yes ${[...plain, ...elPackages]}`
  await sortPackages(dir, join(apt, 'var/cache/apt/archives'))
  const ceph = new Set(
    parseControl(await readFile(join(dir, 'repo', 'Packages'), 'utf8')).map(({ Package }) => Package),
  )
  const names = [...planned.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '')
  await writeFile(join(dir, 'base.list'), names.filter((name) => !ceph.has(name)).join('\n'))
  await rm(apt, { recursive: true })
}

/** An apt of its own below `root`, as for a machine where nothing is installed; gives the path of its configuration. */
async function privateApt(root: string, sources: readonly string[]): Promise<string> {
  for (const dir of ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'etc/apt/trusted.gpg.d', 'var/lib/dpkg']) {
    await mkdir(join(root, dir), { recursive: true })
  }
  await mkdir(join(root, 'var/lib/apt/lists/partial'), { recursive: true })
  await mkdir(join(root, 'var/cache/apt/archives/partial'), { recursive: true })
  await writeFile(join(root, 'var/lib/dpkg/status'), '')
  const signed = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  await writeFile(join(root, 'etc/apt/sources.list'), sources.map((line) => `deb ${signed} ${line}\n`).join(''))
  // The controller's own way to the network, a proxy say, is the only thing taken from its configuration.
  const network = await sh`apt-config dump Acquire::http; apt-config dump Acquire::https`
  const config = join(root, 'apt.conf')
  const settings = [
    `Dir "${root}";`,
    `Dir::State::status "${root}/var/lib/dpkg/status";`,
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    network.stdout,
  ]
  await writeFile(config, settings.join('\n'), { mode: 0o600 })
  return config
}

/** Ceph's packages into `repo/`, the others into `pool/`, both indexed. */
async function sortPackages(dir: string, archives: string): Promise<void> {
  const pool = join(dir, 'pool')
  const repo = join(dir, 'repo')
  await rename(archives, pool)
  await rm(join(pool, 'partial'), { recursive: true })
  await rm(join(pool, 'lock'), { force: true })
  await mkdir(repo)
  await index(pool)
  for (const { Filename } of parseControl(await readFile(join(pool, 'Packages'), 'utf8')).filter(isCeph)) {
    await rename(join(pool, Filename ?? ''), join(repo, Filename ?? ''))
  }
  await buildSampleDebs(repo)
  await index(pool)
  await index(repo)
}

async function index(dir: string): Promise<void> {
  const $ = sh({ cwd: dir })
  await rm(join(dir, 'Release'), { force: true })
  await $`apt-ftparchive packages . > Packages`
  const release = ['Suite', 'Codename'].map((field) => `APT::FTPArchive::Release::${field}=${suite}`)
  const { stdout } = await $`apt-ftparchive -o ${release[0]} -o ${release[1]} release .`
  await writeFile(join(dir, 'Release'), stdout)
}
