import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { RunEvent } from '../core/events.ts'
import { nearest } from '../core/nearest.ts'
import { eventsFile, headFile, type JournalHead } from '../report/journal.ts'

/** Where runs are kept, below the working directory. */
export const runsFolder = join('.playbook', 'runs')

/** Runs that are kept; older ones are removed when a new one begins. */
const kept = 50

export interface PastRun {
  /** The folder's name: time and playbook. */
  readonly id: string
  readonly head: JournalHead
  readonly events: readonly RunEvent[]
}

/** The folder of a run that begins now. */
export function newRunFolder(playbook: string, now: Date): string {
  const time = now.toISOString().replace(/[:.]/g, '-').slice(0, 23)
  return join(runsFolder, `${time}-${basename(playbook).replace(/\.[^.]*$/, '')}`)
}

/** What a run is: the playbook's text and the variables it was given. A run is resumed only by the same. */
export function runHash(file: string, vars: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(readFileSync(file))
    .update(JSON.stringify(Object.entries(vars).sort()))
    .digest('hex')
}

export function journalHead(file: string, hash: string, check: boolean, started: Date): JournalHead {
  return {
    playbook: file,
    hash,
    started: started.toISOString(),
    user: userInfo().username,
    command: check ? 'plan' : 'run',
    check,
  }
}

/** Names of the runs that are kept, the newest first. */
export function runIds(): string[] {
  try {
    return readdirSync(runsFolder).sort().reverse()
  } catch {
    return []
  }
}

/** @throws InputError when there is no such run, or it cannot be read. */
export function readRun(id: string): PastRun {
  const ids = runIds()
  if (!ids.includes(id)) {
    const guess = nearest(id, ids)
    throw new InputError({
      summary: `there is no run "${id}" in ${runsFolder}`,
      hint: guess ? `did you mean "${guess}"?` : 'playbook runs',
    })
  }
  try {
    const head = JSON.parse(readFileSync(join(runsFolder, id, headFile), 'utf8'))
    return { id, head, events: wholeLines(readFileSync(join(runsFolder, id, eventsFile), 'utf8')) }
  } catch (error) {
    throw new InputError({ summary: `run "${id}" cannot be read: ${(error as Error).message}` })
  }
}

/** A run that was killed may have left half a line. */
function wholeLines(text: string): RunEvent[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** Removes all but the newest runs. */
export function pruneRuns(): void {
  for (const id of runIds().slice(kept)) rmSync(join(runsFolder, id), { recursive: true, force: true })
}

/**
 * The newest real run of the same playbook with the same variables, when it did not end well.
 *
 * @throws InputError when there is none, with the reason.
 */
export function runToResume(file: string, hash: string): PastRun {
  const runs = runIds().map(readRun)
  const last = runs.find(({ head }) => head.playbook === file && !head.check)
  if (!last) throw new InputError({ summary: `--resume: no run of ${file} is kept in ${runsFolder}` })
  if (last.head.hash !== hash)
    throw new InputError({
      summary: `--resume: the last run of ${file} (${last.id}) had another text or other variables`,
      hint: 'run it without --resume: what is done already is seen on the hosts',
    })
  if (last.events.some((event) => event.type === 'run.end' && event.exitCode === 0))
    throw new InputError({
      summary: `--resume: the last run of ${file} (${last.id}) was finished; nothing is left to do`,
    })
  return last
}
