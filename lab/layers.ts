import { mkdir, rm } from 'node:fs/promises'
import { artifact } from './cache.ts'
import { type Debs, debs, elPackages } from './debs.ts'
import type { Progress } from './error.ts'
import { suite } from './mirror.ts'
import { rpms } from './rpms.ts'
import { baseSetup, debianSetup, elSetup, packagesMount } from './setup.ts'
import { during, sh } from './shell.ts'
import type { Flavour } from './topology.ts'

/** What the disks of a flavour's hosts are laid over, and the packages they can install. */
export interface Layers {
  /** Read-only trees for overlayfs, uppermost first. */
  readonly lower: readonly string[]
  /** The repository that is mounted at {@link packagesMount}. */
  readonly repository: string
}

/**
 * The layers of every flavour, built where they are missing. Call under the cache's lock.
 *
 * The base tree is shared: a small Debian with sshd, and the libraries that Ceph needs, so that installing Ceph on a
 * host is a matter of seconds. No package of Ceph itself is in it.
 */
export async function layers(
  flavours: readonly Flavour[],
  progress: Progress,
): Promise<Partial<Record<Flavour, Layers>>> {
  const packages = await debs(progress)
  const wantsEl = flavours.includes('el')
  const building = wantsEl ? rpms(packages, progress) : Promise.resolve('')
  const [base, rpmRepo] = await Promise.all([baseTree(packages, progress), building])
  const debian = await debianLayer(packages, base, progress)
  const forDebian: Layers = { lower: [debian, base], repository: packages.repo }
  if (!wantsEl) return { debian: forDebian }
  const el = await elLayer(packages, base, rpmRepo, progress)
  return { debian: forDebian, el: { lower: [el, base], repository: rpmRepo } }
}

function baseTree(packages: Debs, progress: Progress): Promise<string> {
  return artifact(
    {
      kind: 'base',
      recipe: { debs: packages.dir, baseSetup },
      describe: `building the base tree of ${packages.base.length} Debian packages`,
      build: (dir) => during('building the base tree', () => bootstrap(packages, dir)),
    },
    progress,
  )
}

async function bootstrap({ pool, base }: Debs, dir: string): Promise<void> {
  const options = [
    '--mode=root',
    '--variant=essential',
    '--dpkgopt=force-unsafe-io',
    // With a /usr that is merged beforehand, perl is not needed to merge it.
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    `--include=${base.join(',')}`,
  ]
  await sh`mmdebstrap ${options} ${suite} ${dir} ${`deb [trusted=yes] copy:${pool} ./`}`
  await inTree(dir, baseSetup)
}

function debianLayer({ dir, repo }: Debs, base: string, progress: Progress): Promise<string> {
  return artifact(
    {
      kind: 'debian',
      recipe: { base, debs: dir, debianSetup },
      describe: 'preparing the Debian flavour',
      build: (target) => during('preparing the Debian flavour', () => layerOn(base, target, debianSetup, repo)),
    },
    progress,
  )
}

function elLayer({ dir, pool }: Debs, base: string, repository: string, progress: Progress): Promise<string> {
  const script = elSetup(elPackages)
  return artifact(
    {
      kind: 'el',
      recipe: { base, debs: dir, repository, script },
      describe: 'preparing the EL flavour: dnf, yum and rpm instead of apt',
      build: (target) =>
        during('preparing the EL flavour', () =>
          layerOn(base, target, script, repository, [`--bind-ro=${pool}:/srv/pool`]),
        ),
    },
    progress,
  )
}

/** Runs a script in `base` and leaves what it changed there in `target`, a layer to put over `base`. */
async function layerOn(
  base: string,
  target: string,
  script: string,
  repository: string,
  binds: string[] = [],
): Promise<void> {
  const work = `${target}.work`
  const root = `${target}.root`
  await Promise.all([work, root].map((dir) => mkdir(dir, { recursive: true })))
  await inOverlay({ lower: [base], upper: target, work, root }, script, [
    `--bind-ro=${repository}:${packagesMount}`,
    ...binds,
  ])
  await Promise.all([work, root].map((dir) => rm(dir, { recursive: true })))
}

interface Overlay {
  readonly lower: readonly string[]
  readonly upper: string
  readonly work: string
  readonly root: string
}

/** The mount is made in a namespace of its own: it is gone when the script ends, however it ends. */
async function inOverlay({ lower, upper, work, root }: Overlay, script: string, binds: string[]): Promise<void> {
  const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`
  const mountAndRun = 'mount -t overlay overlay -o "$1" "$2" && shift 2 && exec systemd-nspawn "$@"'
  await sh({
    input: script,
  })`unshare --mount sh -c ${mountAndRun} sh ${options} ${root} ${nspawnOptions(root)} ${binds} sh -e`
}

async function inTree(root: string, script: string): Promise<void> {
  await sh({ input: script })`systemd-nspawn ${nspawnOptions(root)} sh -e`
}

const nspawnOptions = (root: string) => [
  '--quiet',
  '--register=no',
  '--keep-unit',
  '--pipe',
  '--private-network',
  '--resolv-conf=off',
  '--timezone=off',
  '-D',
  root,
]
