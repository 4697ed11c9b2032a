import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import type { FileState } from '../../core/files.ts'
import type { Look } from '../../core/look.ts'
import { type ContentState, contentChanges, readContent } from './content.ts'
import { removal } from './removal.ts'

export const repositoryName = z.string().regex(/^[\w.-]+$/, 'letters, digits, "_", "." and "-"')

/** The key that a repository is signed with. */
export const keyArguments = {
  key: z.string().min(1).optional().describe('the public key itself, as text (-----BEGIN PGP PUBLIC KEY BLOCK-----)'),
  keySrc: z.string().min(1).optional().describe('a file with it, beside the playbook or in its files/'),
  state: z.enum(['present', 'absent']).default('present'),
}

export interface Source {
  readonly keyPath: string
  readonly listPath: string
  readonly list: string
  readonly key: string | undefined
  readonly keySrc: string | undefined
  readonly state: 'present' | 'absent'
}

export interface RepositoryState {
  readonly key: ContentState
  readonly list: ContentState
  /** The folder of the key. */
  readonly folder: FileState | undefined
}

export const noRepository: RepositoryState = {
  key: { content: undefined, file: undefined },
  list: { content: undefined, file: undefined },
  folder: undefined,
}

export async function readRepository(look: Look, source: Source): Promise<RepositoryState> {
  const { keyPath, listPath, state } = source
  const [folder, key, list] = await Promise.all([
    look.file(folderOf(keyPath)),
    state === 'present' ? readKey(look, source) : plainFile(look, keyPath),
    state === 'present' ? readContent(look, listPath, source.list) : plainFile(look, listPath),
  ])
  return { folder, key, list }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

async function readKey(look: Look, { key, keySrc, keyPath }: Source): Promise<ContentState> {
  const content = key ?? (keySrc === undefined ? undefined : await look.controllerFile(keySrc))
  return content === undefined ? { content, file: undefined } : readContent(look, keyPath, content)
}

async function plainFile(look: Look, path: string): Promise<ContentState> {
  return { content: undefined, file: await look.file(path) }
}

const ownership = { owner: 'root', group: 'root', mode: '0644' }

/** The key comes first, since a list without it cannot be used; when removed, it goes last. */
export function* repositoryChanges(source: Source, have: RepositoryState): Iterable<Change> {
  const { keyPath, listPath, list, key, keySrc, state } = source
  if (state === 'absent') {
    yield* removal(listPath, have.list.file)
    yield* removal(keyPath, have.key.file)
    return
  }
  if (key !== undefined || keySrc !== undefined) {
    const folder = folderOf(keyPath)
    if (!have.folder) yield change(`create directory ${folder}`, cmd`install -d -m 0755 -- ${folder}`)
    yield* contentChanges({ path: keyPath, ...ownership }, { ...have.key, content: have.key.content ?? key })
  }
  yield* contentChanges({ path: listPath, ...ownership }, { ...have.list, content: list })
}
