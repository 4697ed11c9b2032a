import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { eachLimited } from './async.ts'
import { artifact } from './cache.ts'
import { type ControlStanza, dependencyNames } from './control.ts'
import type { Debs } from './debs.ts'
import type { Progress } from './error.ts'
import { type RpmPackage, rpmSpec } from './rpm-spec.ts'
import { sample } from './sample.ts'
import { during, sh } from './shell.ts'

const release = '0.el9'

/** The user that upstream's ceph-common creates on EL, before its files are unpacked; Debian's has another number. */
const cephUser = [
  'getent group ceph >/dev/null || groupadd --system --gid 167 ceph',
  "getent passwd ceph >/dev/null || useradd --system --uid 167 --gid ceph --home-dir /var/lib/ceph --no-create-home --shell /sbin/nologin --comment 'Ceph daemons' ceph",
]

/** Folders that belong to the daemons, with upstream's modes; everything below `/var/lib/ceph` is theirs. */
const daemonFolders: readonly (readonly [RegExp, string])[] = [
  [/^\/var\/lib\/ceph(\/|$)/, '%attr(0750,ceph,ceph)'],
  [/^\/var\/log\/ceph$/, '%attr(3770,ceph,ceph)'],
]

/** What a real EL host has from its own packages, so that scripts and `rpm -q --whatprovides` find it. */
const elBase: RpmPackage = {
  name: 'lab-el-base',
  version: '9',
  release,
  summary: 'What the base of an EL-flavoured lab host provides',
  provides: [
    '/bin/sh',
    '/usr/bin/sh',
    '/sbin/ldconfig',
    'bash',
    'coreutils',
    'glibc',
    'python3',
    'shadow-utils',
    'systemd',
  ],
}

/** A package that shows every part of a spec: a change of what is written changes the recipe. */
const everything: RpmPackage = { ...elBase, units: ['u'], tmpfiles: ['t'], libraries: true, pre: cephUser, tree: 't' }

/** A yum repository with Debian's Ceph packages as RPMs, under the names they have on EL; gives its folder. */
export async function rpms({ dir, repo, ceph }: Debs, progress: Progress): Promise<string> {
  const recipe = { debs: dir, release, cephUser, elBase, sample, spec: rpmSpec(everything), version: 1 }
  return artifact(
    {
      kind: 'rpms',
      recipe,
      describe: `building ${ceph.length} RPMs from Debian's Ceph packages`,
      build: (target) => during('building RPMs', () => buildRepository(repo, ceph, target)),
    },
    progress,
  )
}

async function buildRepository(repo: string, ceph: readonly ControlStanza[], target: string): Promise<void> {
  const work = join(target, 'work')
  await mkdir(work)
  const empty = sample.versions.map((version) => ({ ...elBase, name: sample.name, version, provides: [] }))
  for (const made of [elBase, ...empty]) await buildRpm(made, work)
  await eachLimited(ceph, availableParallelism(), async (stanza) =>
    buildRpm(await convert(stanza, repo, ceph, work), work),
  )
  for (const name of await readdir(work, { recursive: true })) {
    if (name.endsWith('.rpm')) await rename(join(work, name), join(target, name.split('/').at(-1) ?? name))
  }
  await rm(work, { recursive: true })
  await sh`createrepo_c --quiet ${target}`
}

/** The RPM that has the files of one of Debian's packages. */
async function convert(
  deb: ControlStanza,
  repo: string,
  ceph: readonly ControlStanza[],
  work: string,
): Promise<RpmPackage> {
  const name = deb.Package ?? ''
  const tree = join(work, name, 'tree')
  await mkdir(join(tree, 'usr'), { recursive: true })
  await sh`dpkg-deb --extract ${join(repo, deb.Filename ?? '')} ${tree}`
  // One home for each file, as in a merged /usr, and no manuals.
  await sh({ cwd: tree })`for dir in bin sbin lib; do if [ -d $dir ]; then cp -a $dir usr/; rm -r $dir; fi; done`
  await sh({ cwd: tree })`rm -rf usr/share/doc usr/share/man usr/share/lintian`
  const version = (deb.Version ?? '').replace(/^\d+:/, '').replace(/[+-].*$/, '')
  const siblings = ceph.filter(({ Package }) => dependencyNames(deb.Depends ?? '').includes(Package ?? ''))
  const paths = await list(tree)
  return {
    name,
    epoch: 2,
    version,
    release,
    summary: (deb.Description ?? name).split('\n')[0] ?? name,
    requires: siblings.map(({ Package }) => `${Package} = 2:${version}-${release}`),
    tree,
    files: paths.map(({ path, folder }) => fileLine(path, folder)).filter((line) => line !== ''),
    units: matches(paths, /\/systemd\/system\/([\w-]+\.target|ceph-crash\.service)$/),
    tmpfiles: matches(paths, /\/tmpfiles\.d\/([\w-]+\.conf)$/),
    pre: name === 'ceph-common' ? cephUser : [],
    libraries: name.startsWith('lib'),
  }
}

interface Entry {
  readonly path: string
  readonly folder: boolean
}

async function list(tree: string): Promise<Entry[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true })
  return entries.map((entry) => ({
    path: join(entry.parentPath, entry.name).slice(tree.length),
    folder: entry.isDirectory(),
  }))
}

/** What the first group of `pattern` is in each path that it matches. */
function matches(paths: readonly Entry[], pattern: RegExp): string[] {
  return paths.flatMap(({ path }) => pattern.exec(path)?.[1] ?? [])
}

/** Folders are listed only where they are Ceph's own; the others belong to the system. */
function fileLine(path: string, folder: boolean): string {
  const attributes = daemonFolders.find(([pattern]) => pattern.test(path))?.[1] ?? ''
  if (folder) return /\/ceph(\/|$)/.test(path) ? `%dir ${attributes} "${path}"` : ''
  return `${path.startsWith('/etc/') ? '%config(noreplace) ' : ''}"${path}"`
}

async function buildRpm(made: RpmPackage, work: string): Promise<void> {
  const top = join(work, made.name, made.version)
  await mkdir(top, { recursive: true })
  const spec = join(top, `${made.name}.spec`)
  await writeFile(spec, rpmSpec(made))
  const settings = [
    `_topdir ${top}`,
    `_dbpath ${join(top, 'db')}`,
    'debug_package %{nil}',
    '__os_install_post %{nil}',
    '_build_id_links none',
    '_binary_payload w1.zstdio',
  ]
  await sh`rpmbuild --quiet -bb ${settings.flatMap((setting) => ['--define', setting])} ${spec}`
  if (made.tree) await rm(made.tree, { recursive: true })
}
