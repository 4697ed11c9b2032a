import { TaskFailed } from '../../core/errors.ts'
import type { ImageInfo } from './info.ts'

/**
 * A copy is written by the mirror daemon alone; everything else is refused by Ceph with EROFS, sometimes half-way.
 *
 * @throws TaskFailed when the image is a copy. `done` as in “cannot be deleted”.
 */
export function refuseCopy(spec: string, { mirroring }: ImageInfo, done: string): void {
  if (!mirroring || mirroring.primary) return
  throw new TaskFailed({
    summary: `image ${spec} is a copy here and cannot be ${done}: its primary is on the other site`,
    hint: 'do it there, and it happens here by itself; or promote it here first',
  })
}
