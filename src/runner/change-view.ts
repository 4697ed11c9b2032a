import { createHash } from 'node:crypto'
import type { Change } from '../core/change.ts'
import { show } from '../core/command.ts'
import type { ChangeView } from '../core/events.ts'
import { Secret } from '../core/secret.ts'
import { isOpen, spellOut, spellOutDeep } from '../core/stand-in.ts'

/** A planned change as people and programs are told of it; what only apply will tell is spelled out as such. */
export function plannedView(change: Change, condition?: string): ChangeView {
  const maybe = condition ?? change.maybe
  return { ...viewOf(change), ...(maybe ? { maybe } : {}) }
}

/** As `plannedView`, of a change that is made. */
export function viewOf({ summary, command, diff, counts }: Change): ChangeView {
  const input = command.stdin instanceof Secret ? '' : (command.stdin ?? '')
  const whole = JSON.stringify([command.argv, command.env ?? {}, input])
  const fingerprint = createHash('sha256').update(spellOut(whole)).digest('hex').slice(0, 16)
  return {
    summary: spellOut(summary),
    command: spellOut(show(command)),
    fingerprint,
    ...(diff ? { diff: spellOutDeep(diff) } : {}),
    ...(counts === false ? { counts } : {}),
    ...(isOpen(`${whole}${summary}`) ? { open: true } : {}),
  }
}
