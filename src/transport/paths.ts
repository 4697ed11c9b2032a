import { homedir } from 'node:os'
import { join } from 'node:path'

/** A path as a shell would read it: `~` is the home of the user who runs us. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}
