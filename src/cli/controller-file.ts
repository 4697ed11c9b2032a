import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { ControllerFile, Encoding } from '../core/look.ts'
import { nearest } from '../core/nearest.ts'
import { packageFolder } from './package-folder.ts'

/**
 * A way to the files of the controller that tasks name: beside the playbook, in its `templates/` and `files/`, then in
 * the package's.
 */
export function controllerFiles(playbookFile: string): ControllerFile {
  const folder = dirname(playbookFile)
  const folders = [...new Set([folder, packageFolder])].flatMap((base) => [
    ...(base === folder ? [base] : []),
    join(base, 'templates'),
    join(base, 'files'),
  ])
  return (path, encoding = 'utf8') => {
    const found = folders.map((base) => resolve(base, path)).find(isFile)
    if (found) return contentOf(found, encoding)
    const guess = nearest(
      path,
      folders.flatMap((base) => (existsSync(base) ? readdirSync(base) : [])),
    )
    throw new InputError({
      summary: `there is no file "${path}" on this machine`,
      detail: `looked in ${folders.join(', ')}`,
      hint: guess ? `did you mean "${guess}"?` : undefined,
    })
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function contentOf(file: string, encoding: Encoding): string {
  try {
    if (encoding === 'base64') return readFileSync(file, 'base64')
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file))
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8 text' : (error as Error).message
    throw new InputError({ summary: `cannot be read: ${reason}`, location: { file } })
  }
}
