import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { packageFolder } from './package-folder.ts'

/**
 * A playbook or an inventory by its name: in the working directory, in its `playbooks/`, then in the package's.
 *
 * @throws InputError that names the folders and what is near.
 */
export function findFile(kind: 'playbook' | 'inventory', name: string, cwd = process.cwd()): string {
  const folders = [...new Set([cwd, join(cwd, 'playbooks'), join(packageFolder, 'playbooks')])]
  const found = folders.map((folder) => resolve(folder, name)).find((path) => existsSync(path))
  if (found) return found
  const guess = nearest(
    basename(name),
    folders.flatMap((folder) => filesOf(folder, kind)),
  )
  throw new InputError({
    summary: `there is no ${kind} "${name}"`,
    detail: `looked in ${folders.join(', ')}`,
    hint: guess ? `did you mean "${guess}"?` : undefined,
  })
}

function filesOf(folder: string, kind: 'playbook' | 'inventory'): string[] {
  const ending = kind === 'playbook' ? /\.[cm]?[tj]s$/ : /\.(ya?ml|json|ini|ts)$|^[^.]+$/
  return existsSync(folder) ? readdirSync(folder).filter((file) => ending.test(file)) : []
}
