import { createHash } from 'node:crypto'
import type { Change } from '../core/change.ts'
import { show } from '../core/command.ts'
import type { ChangeView } from '../core/events.ts'
import { Secret } from '../core/secret.ts'

/** A change as people and programs are told of it. */
export function viewOf({ summary, command, diff }: Change): ChangeView {
  const input = command.stdin instanceof Secret ? '' : (command.stdin ?? '')
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([command.argv, command.env ?? {}, input]))
    .digest('hex')
    .slice(0, 16)
  return { summary, command: show(command), fingerprint, ...(diff ? { diff } : {}) }
}
