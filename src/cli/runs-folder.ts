import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { Reporter, RunEvent } from '../core/events.ts'
import { nearest } from '../core/nearest.ts'
import type { Play } from '../core/playbook.ts'
import { eventsFile, headFile, type JournalHead, journalReporter } from '../report/journal.ts'
import { type FinishedTasks, finishedTasks, stoppedAt } from '../runner/resume.ts'

/** Where runs are kept, below the working directory. */
const runsFolder = join('.playbook', 'runs')

/** Runs that are kept; older ones are removed when a new one begins. */
const kept = 50

/** A playbook's path, and the hash of its text and variables. */
interface SameRun {
  readonly file: string
  readonly hash: string
}

export interface PastRun {
  /** The folder's name: time and playbook. */
  readonly id: string
  readonly head: JournalHead
  readonly events: readonly RunEvent[]
}

/** The folder of a run that begins now. */
function newRunFolder(playbook: string, now: Date): string {
  const time = now.toISOString().replace(/[:.]/g, '-').slice(0, 23)
  return join(runsFolder, `${time}-${basename(playbook).replace(/\.[^.]*$/, '')}`)
}

/**
 * What a run is: the playbook's text, its variables, and its plays, in which every task stands with its name,
 * so that an edited role is noticed too. A run is resumed, and a plan applied, only by the same.
 */
export function runHash(file: string, vars: Readonly<Record<string, unknown>>, plays: readonly Play[]): string {
  return createHash('sha256')
    .update(readFileSync(file))
    .update(JSON.stringify([Object.entries(vars).sort(), plays]))
    .digest('hex')
}

/** A run that begins now, and what keeps it. */
export interface KeptRun {
  readonly folder: string
  readonly reporter: Reporter
}

/** Keeps the run that begins now, and forgets the oldest. */
export function journal({ file, hash }: SameRun, kind: Pick<JournalHead, 'check' | 'resumes' | 'narrowed'>): KeptRun {
  const now = new Date()
  const head = { playbook: file, hash, started: now.toISOString(), user: userInfo().username, ...kind }
  pruneRuns()
  const folder = newRunFolder(file, now)
  const reporter = journalReporter(folder, head, (reason) =>
    process.stderr.write(`warning: this run cannot be resumed, its journal cannot be written: ${reason}\n`),
  )
  return { folder, reporter }
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
function pruneRuns(): void {
  for (const id of runIds().slice(kept)) rmSync(join(runsFolder, id), { recursive: true, force: true })
}

/** What an interrupted run finished, and which one it was. */
interface Resumable {
  readonly id: string
  readonly finished: FinishedTasks
}

/**
 * What the last real run of the same playbook with the same variables finished before it was interrupted; and those
 * that it went on with itself, so that a run may be interrupted more than once.
 *
 * @throws InputError when there is nothing to resume, with the reason.
 */
export function resumable({ file, hash }: SameRun): Resumable {
  const last = runIds()
    .map(readRun)
    .find(({ head, events }) => head.playbook === file && !head.check && events.length > 0)
  if (!last) throw new InputError({ summary: `--resume: no run of ${file} is kept in ${runsFolder}` })
  if (last.head.hash !== hash)
    throw new InputError({
      summary: `--resume: the last run of ${file} (${last.id}) had another text or other variables`,
      hint: elsewhere(stoppedAt(last.events)),
    })
  if (isFinished(last))
    throw new InputError({
      summary: `--resume: the last run of ${file} (${last.id}) was finished; nothing is left to do`,
    })
  return { id: last.id, finished: finishedTasks(...withEarlier(last).map(({ events }) => events)) }
}

/** A run that went on with another one, but not everywhere, may have left the rest of it. */
function isFinished({ head, events }: PastRun): boolean {
  const ended = events.some((event) => event.type === 'run.end' && event.exitCode === 0)
  return ended && !(head.resumes && head.narrowed)
}

function withEarlier(run: PastRun): PastRun[] {
  const { resumes } = run.head
  return resumes === undefined || !runIds().includes(resumes) ? [run] : [...withEarlier(readRun(resumes)), run]
}

function elsewhere(task: string | undefined): string {
  const anew = 'run it without --resume: what is done already is seen on the hosts'
  return task === undefined ? anew : `${anew}; or --start-at-task "${task}", where it stopped`
}
