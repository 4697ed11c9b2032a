import { readFile } from 'node:fs/promises'
import { InputError } from '../src/core/errors.ts'
import { sh } from './shell.ts'

/** The Debian release that lab hosts run, whatever the controller runs; its Ceph is 16.2 (Pacific). */
export const suite = 'bookworm'

/** Where bootstrap tools keep Debian's default mirror. */
const bootstrapScript = '/usr/share/debootstrap/scripts/sid'

/**
 * Lines of `MIRROR SUITE COMPONENT` to get Debian packages from: CEPH_PLAYBOOK_MIRROR, or the mirrors that this
 * machine's own apt uses when it is Debian of the same release, or Debian's default.
 */
export async function debianSources(): Promise<string[]> {
  const chosen = process.env.CEPH_PLAYBOOK_MIRROR
  if (chosen) return mainAndUpdates(chosen)
  const own = await ownSources()
  return own.length > 0 ? own : mainAndUpdates(await defaultMirror())
}

const mainAndUpdates = (mirror: string) => [`${mirror} ${suite} main`, `${mirror} ${suite}-updates main`]

async function ownSources(): Promise<string[]> {
  const { stdout } = await sh`apt-get update --print-uris`
  return parseOwnSources(stdout)
}

/** The sources of our release among those that `apt-get update --print-uris` would ask; none without the release itself. */
export function parseOwnSources(uris: string): string[] {
  const pattern = new RegExp(`^'(\\S+/)dists/(${suite}(?:-updates|-security)?)/InRelease'`, 'gm')
  const found = [...uris.matchAll(pattern)].map(([, mirror, name]) => `${mirror} ${name} main`)
  return found.some((line) => line.endsWith(` ${suite} main`)) ? [...new Set(found)] : []
}

async function defaultMirror(): Promise<string> {
  const script = await readFile(bootstrapScript, 'utf8').catch(() => '')
  const mirror = /^\s*default_mirror (\S+)$/m.exec(script)?.[1]
  if (mirror) return mirror
  throw new InputError({
    summary: 'the lab needs to know a Debian mirror, and this machine names none',
    hint: 'set CEPH_PLAYBOOK_MIRROR to the address of one',
  })
}
