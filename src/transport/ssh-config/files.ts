import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InputError } from '../../core/errors.ts'

/**
 * The text of a configuration file; undefined when there is none.
 *
 * @throws InputError when others could have written it.
 */
export async function readConfig(path: string, checked: boolean): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined)
  if (!info?.isFile()) return undefined
  if (checked && ((info.uid !== 0 && info.uid !== process.getuid?.()) || (info.mode & 0o022) !== 0))
    throw new InputError({
      summary: `${path} belongs to another user, or others can write to it`,
      hint: `chmod go-w ${path}; ssh does not read it either`,
    })
  return readFile(path, 'utf8')
}

/** Files by a pattern with `*`, `?` and `[…]`, sorted; hidden ones only by a pattern that starts with a dot. */
export async function findFiles(pattern: string): Promise<string[]> {
  if (!/[*?[]/.test(pattern)) return [pattern]
  const name = pattern.slice(pattern.lastIndexOf('/') + 1)
  const folders = await findFiles(dirname(pattern))
  const found = await Promise.all(folders.map((folder) => entries(folder, name)))
  return found.flat().sort()
}

async function entries(folder: string, name: string): Promise<string[]> {
  if (!/[*?[]/.test(name)) return [join(folder, name)]
  const names = await readdir(folder).catch(() => [])
  const expression = toExpression(name)
  return names
    .filter((entry) => expression.test(entry) && (name.startsWith('.') || !entry.startsWith('.')))
    .map((entry) => join(folder, entry))
}

function toExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*|\?|\[(!?)([^\]]+)\]|[\\^$+.()|{}[\]]/g, (part, bang: string, set: string) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    return set === undefined ? `\\${part}` : `[${bang ? '^' : ''}${set.replaceAll('\\', '\\\\')}]`
  })
  return new RegExp(`^${source}$`, 's')
}
