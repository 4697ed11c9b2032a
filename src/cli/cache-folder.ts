import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

let folder: string | undefined

/**
 * A folder of this user alone for what can be made again: `$XDG_CACHE_HOME/ceph-playbook`, else `~/.cache/ceph-playbook`.
 * Compiled playbooks are run from it, so nobody else may write there. Where there can be none, a temporary one.
 */
export function cacheFolder(): string {
  folder ??= privateFolder(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ceph-playbook'))
  return folder
}

function privateFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const { uid } = statSync(path)
    if (uid === process.getuid?.()) {
      chmodSync(path, 0o700)
      return path
    }
  } catch {
    // A read-only or missing home: go on without a cache that lasts.
  }
  const temporary = mkdtempSync(join(tmpdir(), 'ceph-playbook-'))
  process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))
  return temporary
}
