import { relative, resolve } from 'node:path'

/** A path as an operator would type it: relative when it is below the working directory. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), resolve(file))
  return path === '' || path.startsWith('..') ? resolve(file) : path
}
