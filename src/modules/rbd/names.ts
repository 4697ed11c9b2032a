import { z } from 'zod'
import type { Command } from '../../core/command.ts'

/**
 * A canary is a tiny image that is mirrored by its journal and never moves: `canary.east` is primary at east, where the
 * time is written into it every few seconds, and read at west, where everything older has arrived as well. There is one
 * for each direction. It is told apart by its name and size, and is no image to anything else here.
 */
export const canaryPrefix = 'canary.'

/** Bytes. A larger image of such a name is somebody's. */
export const canarySize = 1024 ** 2

export function isCanary({ name, size }: { readonly name: string; readonly size: number }): boolean {
  return name.startsWith(canaryPrefix) && size <= canarySize
}

const word = /^[^-/@\s][^/@\s]*$/

/** A snapshot that daemons make of an image that is mirrored by its journal, while its first copy is under way. */
export function isSyncPoint(snapshot: string): boolean {
  return snapshot.startsWith('.rbd-mirror.')
}

export const poolName = z.string().regex(word, 'a pool name has no spaces, "/" or "@"').describe('name of the pool')

export const namespaceName = z
  .string()
  .regex(word, 'a namespace has no spaces, "/" or "@"')
  .optional()
  .describe('RBD namespace inside the pool (Nautilus and later); default: the pool itself')

export const imageName = z
  .string()
  .regex(/^[^/@\n]+$/, 'an image name has no "/" or "@"')
  .describe('name of the image')

export const siteName = z
  .string()
  .regex(/^[\w.-]+$/, 'a site name is made of letters, digits, ".", "_" and "-"')
  .describe('name of a site, as its peers know it')

export const snapshotName = z
  .string()
  .regex(/^[^/@\n]+$/, 'a snapshot name has no "/" or "@"')
  .describe('name of the snapshot')

export interface PoolSpec {
  readonly pool: string
  readonly namespace?: string | undefined
}

export interface ImageSpec extends PoolSpec {
  readonly image: string
}

/** `POOL` or `POOL/NAMESPACE`. */
export function poolSpec({ pool, namespace }: PoolSpec): string {
  return namespace === undefined ? pool : `${pool}/${namespace}`
}

/** `POOL/IMAGE` or `POOL/NAMESPACE/IMAGE`. */
export function imageSpec(spec: ImageSpec): string {
  return `${poolSpec(spec)}/${spec.image}`
}

/**
 * A look at a cluster. A monitor that cannot be reached blocks Ceph's tools for 300 seconds; and times are printed in
 * local time, which is made UTC here.
 */
export function looking(command: Command, seconds = 30): Command {
  return { ...command, timeout: seconds, env: { TZ: 'UTC' } }
}

/** A change of a cluster, with a time limit of its own. */
export function within(seconds: number, command: Command): Command {
  return { ...command, timeout: seconds }
}

/** Exit codes of `rbd` are error numbers: what is asked for is not there; … is not mirrored, among other things. */
export const ENOENT = 2
export const EINVAL = 22
