import { diagnose } from '../core/errors.ts'
import { createContext } from './context.ts'
import type { Member } from './member.ts'
import { NotKnownYet } from './outputs.ts'
import type { PlayEnvironment } from './play-environment.ts'
import { type ScheduledBlock, tasksOf } from './schedule.ts'

/** Whether a block is for a host; one for which that cannot be told fails before it. */
export function isWanted(block: ScheduledBlock, member: Member, environment: PlayEnvironment): boolean {
  const { when } = block
  const { host } = member.run
  if (!when) return true
  try {
    return when(createContext(host, environment.inventory, environment.outputs))
  } catch (error) {
    const unknown = error instanceof NotKnownYet
    if (unknown && environment.check && environment.outputs.ran(error.task, error.host)) {
      const why = `whether its block runs is known only after apply: the condition needs ${error.message}`
      for (const task of tasksOf([block])) member.conditional.set(task, why)
      return true
    }
    const { summary } = diagnose(unknown ? environment.outputs.missing(error) : error)
    const text = `${host.name}: whether a block is to run cannot be told: ${summary}`
    environment.emit({ type: 'message', level: 'warning', text })
    member.run.count('failed')
    member.failed = 'failed'
    return false
  }
}
