import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from './error.ts'
import { withLock } from './lock.ts'
import { cacheRoot, labFiles, labsRoot } from './paths.ts'
import { removeFolder } from './remove.ts'

export interface Artifact {
  /** What it is, in one word: the first part of its folder's name. */
  readonly kind: string
  /** All that it is made from; a change of it makes a new folder. */
  readonly recipe: unknown
  /** Said when it has to be built. */
  readonly describe: string
  /** Fills the empty folder `dir`. */
  readonly build: (dir: string) => Promise<void>
}

/** The folder of an artifact that exists already, or would have after a build. */
function artifactPath({ kind, recipe }: Pick<Artifact, 'kind' | 'recipe'>): string {
  const digest = createHash('sha256').update(JSON.stringify(recipe)).digest('hex')
  return join(cacheRoot(), `${kind}-${digest.slice(0, 12)}`)
}

/**
 * The folder of an artifact, built when it is not there. It is built under another name and renamed at the end, so a
 * folder with the right name is always whole; that name is not used twice, since what an interrupted build has started
 * may still write to it for a while. Call under {@link withCacheLock}.
 */
export async function artifact(made: Artifact, progress: Progress): Promise<string> {
  const path = artifactPath(made)
  if (existsSync(path)) return path
  progress(made.describe)
  const unfinished = join(`${path}.${randomUUID()}`, 'tree')
  await mkdir(unfinished, { recursive: true, mode: 0o755 })
  await made.build(unfinished)
  await rename(unfinished, path)
  await removeSuperseded(made.kind, path)
  return path
}

/** Two labs that start at once build nothing twice. */
export const withCacheLock = <T>(work: () => Promise<T>) => withLock(join(cacheRoot(), 'lock'), work)

async function removeSuperseded(kind: string, current: string): Promise<void> {
  const inUse = await foldersInUse()
  const siblings = await readdir(cacheRoot())
  const same = siblings.filter((name) => name.split('-')[0] === kind).map((name) => join(cacheRoot(), name))
  for (const path of same.filter((each) => each !== current && !inUse.includes(each))) {
    // An interrupted build may still write there; the next one removes it then.
    await removeFolder(path).catch(() => {})
  }
}

/** The text of every lab's state: a folder that is named there is under a host that exists. */
async function foldersInUse(): Promise<string> {
  const labs = await readdir(labsRoot()).catch(() => [])
  const states = await Promise.all(labs.map((lab) => readFile(labFiles(lab).state, 'utf8').catch(() => '')))
  return states.join('\n')
}
