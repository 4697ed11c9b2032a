import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, RunEvent } from '../core/events.ts'

/** What a run was started with: enough to tell whether another run is the same. It holds no values of variables. */
export interface JournalHead {
  readonly playbook: string
  readonly hash: string
  readonly started: string
  readonly user: string
  readonly check: boolean
  /** The run that it goes on with. */
  readonly resumes?: string
  /** Only some of its hosts or tasks were asked for. */
  readonly narrowed?: true
}

export const headFile = 'run.json'
export const eventsFile = 'events.jsonl'

/** What a run need not be told again with. */
const passing: readonly RunEvent['type'][] = ['host.output', 'host.waiting', 'host.connect', 'host.request']

/**
 * Keeps a run in a folder of its own (mode 0700): `run.json`, and `events.jsonl` with an event a line, each written
 * when it happens, so that a run that was killed can be told and resumed. Output of commands is left out. The folder is
 * made when the run starts: what was refused before is no run, and must not stand between another one and its resumption.
 *
 * A journal that cannot be written any more (a full disk, a folder that was removed) stops nothing: `lost` is told why.
 */
export function journalReporter(folder: string, head: JournalHead, lost: (reason: string) => void): Reporter {
  const events = join(folder, eventsFile)
  const begin = () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, headFile), `${JSON.stringify(head, undefined, 2)}\n`, { mode: 0o600 })
    writeFileSync(events, '', { mode: 0o600 })
  }
  let begun = false
  let broken = false
  return {
    on: (event) => {
      if (broken || passing.includes(event.type)) return
      if (!begun && event.type !== 'run.start') return
      try {
        if (!begun) begin()
        begun = true
        appendFileSync(events, `${JSON.stringify(event)}\n`)
      } catch (error) {
        broken = true
        lost((error as Error).message)
      }
    },
  }
}
