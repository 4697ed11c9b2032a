import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { artifact } from './cache.ts'
import { type Debs, debs, elPackages } from './debs.ts'
import type { Progress } from './error.ts'
import { suite } from './mirror.ts'
import { clearRemains, containerCommand, type Overlay } from './nspawn.ts'
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
  // It mounts /proc and /sys in the tree: in a mount namespace of its own, they are gone however it ends.
  await sh`unshare --mount mmdebstrap ${options} ${suite} ${dir} ${`deb [trusted=yes] copy:${pool} ./`}`
  await runIn(dir, baseSetup)
}

function debianLayer({ dir, repo }: Debs, base: string, progress: Progress): Promise<string> {
  return artifact(
    {
      kind: 'debian',
      recipe: { base, debs: dir, debianSetup },
      describe: 'preparing the Debian flavour',
      build: (target) =>
        during('preparing the Debian flavour', () => layerOn(base, target, debianSetup, [`${repo}:${packagesMount}`])),
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
          layerOn(base, target, script, [`${repository}:${packagesMount}`, `${pool}:/srv/pool`]),
        ),
    },
    progress,
  )
}

/** Runs a script in `base` and leaves what it changed there in `target`, a layer to put over `base`. */
async function layerOn(base: string, target: string, script: string, binds: readonly string[]): Promise<void> {
  const aside = dirname(target)
  const overlay = { lower: [base], upper: target, work: join(aside, 'work'), root: join(aside, 'root') }
  for (const dir of [overlay.work, overlay.root]) await mkdir(dir)
  await runIn(overlay, script, binds)
}

/** Runs a shell script in a tree, with nothing of this machine's network. */
async function runIn(tree: string | Overlay, script: string, binds: readonly string[] = []): Promise<void> {
  const machine = `lab-build-${process.pid}`
  const args = ['--pipe', '--private-network', ...binds.map((bind) => `--bind-ro=${bind}`), 'sh', '-e']
  try {
    await sh({ input: script })`${containerCommand({ machine, tree, args })}`
  } finally {
    await clearRemains(machine)
  }
}
