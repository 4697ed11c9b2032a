import { type Dirent, existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { Setting } from './declaration.ts'
import { isEmpty, plain } from './located.ts'
import type { VarsFolder } from './settings.ts'
import { readTextFile, type VaultSecrets } from './text-file.ts'
import { readYaml } from './yaml-text.ts'

const extensions = ['', '.yml', '.yaml', '.json']

/**
 * `group_vars` and `host_vars` of one folder for these groups and hosts. For each name Ansible takes the first of
 * `name` (a file, or a folder with files), `name.yml`, `name.yaml` and `name.json`.
 *
 * @throws InputError with the place in the file.
 */
export async function readVarsFolder(
  folder: string,
  groups: Iterable<string>,
  hosts: Iterable<string>,
  vault: VaultSecrets,
): Promise<VarsFolder> {
  return {
    groups: await readNames(join(folder, 'group_vars'), groups, vault),
    hosts: await readNames(join(folder, 'host_vars'), hosts, vault),
  }
}

/** The names that a `group_vars` or `host_vars` folder has variables for. */
export async function varsNames(folder: string): Promise<readonly string[]> {
  const entries = await list(folder)
  return entries.filter(isVarsEntry).map(({ name }) => name.slice(0, name.length - extname(name).length))
}

async function readNames(
  folder: string,
  names: Iterable<string>,
  vault: VaultSecrets,
): Promise<ReadonlyMap<string, readonly Setting[]>> {
  const entries = new Map((await list(folder)).map((entry) => [entry.name, entry]))
  const found = new Map<string, readonly Setting[]>()
  for (const name of entries.size === 0 ? [] : names) {
    const entry = extensions.map((extension) => entries.get(name + extension)).find((each) => each !== undefined)
    if (!entry || isOther(entry)) continue
    const path = join(folder, entry.name)
    const files = isFolder(entry, path) ? await filesBelow(path) : [path]
    found.set(name, (await Promise.all(files.map((file) => readVarsFile(file, vault)))).flat())
  }
  return found
}

async function list(folder: string): Promise<readonly Dirent[]> {
  return existsSync(folder) ? readdir(folder, { withFileTypes: true }) : []
}

function isFolder(entry: Dirent, path: string): boolean {
  return entry.isDirectory() || (entry.isSymbolicLink() && existsSync(`${path}/.`))
}

/** A socket, a pipe or a device: reading one could wait forever. */
function isOther(entry: Dirent): boolean {
  return !(entry.isFile() || entry.isDirectory() || entry.isSymbolicLink())
}

/** Files of a folder and of its subfolders by name, without hidden ones, backups and other kinds of files. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = (await list(folder)).filter(isVarsEntry).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name)
    if (isOther(entry)) return []
    if (!isFolder(entry, path)) return [path]
    return extname(entry.name) === '' ? filesBelow(path) : []
  })
  return (await Promise.all(nested)).flat()
}

function isVarsEntry({ name }: Dirent): boolean {
  return !name.startsWith('.') && !name.endsWith('~') && extensions.includes(extname(name))
}

/** A vars file: a mapping from variable to value; an empty file is one without variables. */
export async function readVarsFile(file: string, vault: VaultSecrets): Promise<readonly Setting[]> {
  const { text, yaml } = await readTextFile(file, vault)
  const root = readYaml(text, yaml)
  if (!root || isEmpty(root)) return []
  if (root.kind !== 'map')
    throw new InputError({
      summary: 'a file of variables is a mapping',
      location: root.location,
      hint: 'write "name: value" lines',
    })
  return root.entries.map(({ key, value, location }) => ({ name: String(key), value: plain(value), location }))
}
