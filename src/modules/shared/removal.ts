import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import type { FileState } from '../../core/files.ts'

/**
 * Removes a path with all that is in it, when there is one.
 *
 * @throws TaskFailed for `/` and for the directories directly in it: losing `/etc` to an empty variable is not a task.
 */
export function* removal(path: string, found: FileState | undefined): Iterable<Change> {
  if (!found) return
  if (found.type === 'directory' && path.split('/').filter((part) => part !== '' && part !== '.').length < 2)
    throw new TaskFailed({
      summary: `${path} is not removed: it is a top directory of the host`,
      hint: 'check the path',
    })
  yield change(
    `remove ${path}`,
    cmd`rm -rf -- ${path}`,
    { from: found.type, to: undefined },
    { leaves: { path, file: undefined } },
  )
}
