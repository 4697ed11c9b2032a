import { type Change, change } from '../../core/change.ts'
import { type Command, sh } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'

export const managers = ['apt', 'dnf', 'yum'] as const
export type Manager = (typeof managers)[number]

/** A package by name, and the version it must have: exact, or a pattern such as `16.2.*`. */
export interface PackageWish {
  readonly name: string
  readonly version?: string | undefined
}

export interface PackageState {
  readonly manager: Manager
  /** Versions by name, of those wished for that are installed. */
  readonly installed: Readonly<Record<string, string>>
  /** The newest version that could be installed, by name, as far as the host's lists know; of those looked up. */
  readonly candidates: Readonly<Record<string, string>>
  /** An installation was cut off, and must be finished before anything else is. */
  readonly interrupted: boolean
}

export interface InstallOptions {
  readonly recommends: boolean
  readonly downgrade: boolean
}

/** How one package manager is asked and told. */
export interface PackageManager {
  read(
    look: Look,
    names: readonly string[],
    state: 'present' | 'latest' | 'absent',
  ): Promise<Omit<PackageState, 'manager'>>
  install(packages: readonly PackageWish[], options: InstallOptions): Command
  /** Of packages that are installed, to the newest version. */
  upgrade(names: readonly string[], options: InstallOptions): Command
  remove(names: readonly string[], purge: boolean): Command
  readonly updateLists: Command
  readonly finishInterrupted?: Command
  /** Lists are only as new as the last update, and packages that are not in them cannot be installed. */
  readonly listsAgeUnnoticed: boolean
}

/** `rbd-mirror=16.2.15*` as name and version. */
export function parseWish(text: string): PackageWish {
  const [name = '', version] = text.split('=')
  return { name, version }
}

/** Debian also has tools named yum and dnf; only a host with repositories for them lives by them. */
const detect: Command = {
  ...sh(`el=$(command -v yum || command -v dnf)
if [ -n "$el" ] && ls /etc/yum.repos.d/*.repo >/dev/null 2>&1; then basename "$el"
elif command -v apt-get >/dev/null; then echo apt
elif [ -n "$el" ]; then basename "$el"
else echo none; fi`),
  display: 'command -v yum dnf apt-get',
  fact: true,
}

/** @throws TaskFailed on a host that has none of those we know. */
export async function detectManager(look: Look): Promise<Manager> {
  const found = (await look.text(detect)).trim()
  const manager = managers.find((name) => name === found)
  if (manager) return manager
  throw new TaskFailed({
    summary: 'this host has none of apt-get, dnf and yum',
    hint: 'use the command module for its own package manager',
  })
}

/** Whether an installed version is the one wished for; `*` stands for anything. RPM's release may be left out. */
export function fits(installed: string, wished: string): boolean {
  const pattern = new RegExp(`^${wished.split('*').map(escapeRegExp).join('.*')}$`)
  return installed.split(' ').some((version) => pattern.test(version) || pattern.test(version.replace(/-[^-]*$/, '')))
}

/** `install a, b` with what that does to their versions. */
export function versionChange(
  summary: string,
  packages: readonly PackageWish[],
  { installed, candidates }: PackageState,
  command: Command,
  hint: string,
): Change {
  const from = packages.flatMap(({ name }) => (installed[name] ? [`${name} ${installed[name]}`] : []))
  const to = packages.map(({ name, version }) => [name, version ?? candidates[name]].filter(Boolean).join(' '))
  const difference = { from: from.length > 0 ? from.join(', ') : undefined, to: to.join(', ') }
  return change(`${summary} ${packages.map(({ name }) => name).join(', ')}`, command, difference, { hint })
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
