import { dirname } from 'node:path/posix'
import { InputError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { type Task, type TaskOptions, task } from '../core/task.ts'
import { copy } from './copy.ts'
import { directory } from './directory.ts'
import { slurp, slurpSecret } from './slurp.ts'

export interface Fetch {
  /** The file on the host. */
  readonly src: string
  /** Folder on the controller, absolute; the file comes to `<into>/<host>/<src>`, and nothing outside is written. */
  readonly into: string
  /** The file holds a secret: it is written for nobody else, and never shown. Default false. */
  readonly sensitive?: boolean
  /** Name of the controller in the inventory, with a local connection. Default `localhost`. */
  readonly controller?: string
}

/** Tasks that bring a file of each host to the controller. */
export function fetch(
  name: string,
  file: Fetch,
  options: Pick<TaskOptions, 'when' | 'tags' | 'become'> = {},
): readonly Task[] {
  const { src, into, sensitive = false, controller = 'localhost' } = file
  const there = { ...options, delegateTo: controller, become: false }
  const what = { path: src, encoding: 'base64' } as const
  const read: Task<{ content: string | Secret }> = sensitive
    ? task(`${name}: read`, slurpSecret(what), options)
    : task(`${name}: read`, slurp(what), options)
  const folder = task(
    `${name}: folder`,
    directory(({ host }) => ({ path: dirname(fetchedPath(into, host.name, src)), mode: sensitive ? '0700' : '0755' })),
    there,
  )
  const write = task(
    `${name}: write`,
    copy(({ host, output }) => ({
      dest: fetchedPath(into, host.name, src),
      content: output(read).content,
      encoding: 'base64',
    })),
    there,
  )
  return [read, folder, write]
}

/**
 * Where a file of a host comes to; the host's name and the path are only ever folders below the target.
 *
 * @throws InputError for names that would lead out of it.
 */
export function fetchedPath(into: string, host: string, src: string): string {
  const parts = [host, ...src.split('/').filter((part) => part !== '')]
  const bad = parts.find((part) => part === '.' || part === '..' || /[\0/]/.test(part))
  if (bad === undefined && into.startsWith('/')) return `${into.replace(/\/+$/, '')}/${parts.join('/')}`
  throw new InputError({
    summary: `fetch: ${src} of ${host} cannot be written below ${into}`,
    hint: 'an absolute target folder is needed, and neither path nor host name may contain ".."',
  })
}
