import type { Command } from '../../core/command.ts'
import { batchScript } from './batch/script.ts'
import { type PoolSpec, poolSpec } from './names.ts'

/** What is done to each image; see batch/script.ts. */
export type BatchOperation =
  | 'look'
  | 'promote'
  | 'demote'
  | 'fence'
  | 'snapshot'
  | 'resync'
  | 'prove'
  | 'keep'
  | 'rescue'
  | 'snap'
  | 'unsnap'
  | 'clone'
  | 'remove'

export interface Batch extends PoolSpec {
  readonly op: BatchOperation
  /** Names, or for operations that need more, a record for each. */
  readonly images: readonly (string | Readonly<Record<string, string>>)[]
  /** Seconds for each image. Default 120. */
  readonly deadline?: number
  /** Images worked on at the same time. Default 16. */
  readonly parallel?: number
  /** What else the operation takes. */
  readonly options?: Readonly<Record<string, unknown>>
  /** What a person would type for one of the images. */
  readonly display: string
}

/** One command for many images, with a line of output for each. Ends with 0 only when all are done. */
export function batch(request: Batch): Command {
  const { op, pool, namespace, images, deadline = 120, parallel = 16, options = {}, display } = request
  const rounds = Math.ceil(images.length / parallel)
  return {
    argv: ['sh', '-c', launcher, batchScript],
    stdin: JSON.stringify({ op, pool, ...(namespace ? { namespace } : {}), images, deadline, parallel, ...options }),
    timeout: 60 + Math.max(1, rounds) * deadline,
    display,
  }
}

/** Names only the first few of many. */
export function listed(items: readonly string[], most = 10): string {
  const rest = items.length - most
  return items.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** `3 images of POOL (a, b, c)`. */
export function imagesOf(spec: PoolSpec, names: readonly string[]): string {
  return `${names.length} image${names.length === 1 ? '' : 's'} of ${poolSpec(spec)} (${listed(names)})`
}

/** Releases before Nautilus may have the bindings for Python 2 only. */
const launcher = `for python in python3 python2 python; do
  "$python" -c 'import rados, rbd' 2>/dev/null && exec "$python" -c "$0"
done
echo "no Python here can talk to Ceph: install python3-rbd (it comes with ceph-common)" >&2
exit 127`
