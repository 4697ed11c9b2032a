import { type Diagnosis, diagnose, InputError, TaskFailed } from '../core/errors.ts'
import type { Host, Inventory } from '../core/host.ts'
import type { Location } from '../core/location.ts'
import type { ControllerFile, Look } from '../core/look.ts'
import type { Play } from '../core/playbook.ts'
import { count, names } from '../report/text.ts'
import { createContext } from '../runner/context.ts'
import { mayAdd } from '../runner/growth.ts'
import { createOutputs, NotKnownYet } from '../runner/outputs.ts'
import { type Schedule, type ScheduledTask, schedulePlay, tasksOf } from '../runner/schedule.ts'
import { everything } from '../runner/tags.ts'
import { certainEnds, type End, type Trial } from './certain-ends.ts'
import { shownPath } from './shown-path.ts'

/** What can be said of a playbook without touching a host. */
export interface Faults {
  readonly errors: readonly InputError[]
  readonly warnings: readonly Diagnosis[]
  /** Tasks whose condition holds on no host of this inventory. */
  readonly idle: readonly string[]
  readonly tasks: number
  readonly hosts: number
}

interface Request {
  readonly plays: readonly Play[]
  readonly inventory: Inventory
}

/** An error, and the hosts for which it was met: it is told of the first. */
interface Found {
  readonly error: InputError
  readonly hosts: readonly string[]
}

type Note = (error: unknown, location: Location | undefined, host?: string) => void

/** Thrown in place of an answer of a host: what hangs on it cannot be checked beforehand. */
class NotAsked extends Error {}

/**
 * Goes through every task for every host it would run on: hosts that plays and tasks name, arguments as they come out
 * for each host, files of the controller that they use. What is made from the output of other tasks is left out.
 */
export async function findFaults(
  { plays, inventory: known }: Request,
  controllerFile: ControllerFile,
): Promise<Faults> {
  const errors = new Map<string, Found>()
  const warnings: Diagnosis[] = []
  const idle: string[] = []
  const touched = new Set<string>()
  let count = 0
  const scheduled = plays.map((play, index) => schedulePlay(play, index, everything))
  const tasksIn = ({ items, handlers }: Schedule) => [...tasksOf(items), ...handlers.values()]
  const inPlays = new Set(scheduled.flatMap(tasksIn).map(({ task }) => task))
  const note = (error: unknown, location: Location | undefined, host?: string) => {
    if (error instanceof NotAsked || (error instanceof NotKnownYet && inPlays.has(error.task))) return
    const placed = located(error instanceof NotKnownYet ? inNoPlay(error) : error, location)
    const seen = host === undefined ? placed.message : placed.message.replaceAll(host, '')
    const key = `${placed.location?.file}:${placed.location?.line} ${seen}`
    const first = errors.get(key)?.error ?? placed
    errors.set(key, { error: first, hosts: [...(errors.get(key)?.hosts ?? []), ...(host ? [host] : [])] })
  }

  for (const [index, play] of plays.entries()) {
    const schedule = scheduled[index] as Schedule
    const { items } = schedule
    const expected = scheduled.slice(0, index).flatMap(mayAdd)
    const inventory = known.expecting(expected)
    const tasks = tasksIn(schedule)
    const hosts =
      attempt(
        () => inventory.select(play.hosts),
        (error) => note(error, play.location),
      ) ?? []
    for (const { name } of hosts) touched.add(name)
    count += tasks.length
    if (hosts.length === 0 && errors.size === 0 && expected.length === 0) warnings.push(noHosts(play))
    const trials = await Promise.all(tasks.map((task) => tryOut(task, hosts, inventory, controllerFile, note)))
    idle.push(...trials.filter(({ ends }) => isIdle(ends)).map(({ task }) => task.view.name))
    const { failures, deadEnds } = certainEnds(trials, items)
    for (const { error, location } of failures) note(error, location)
    warnings.push(...deadEnds)
  }
  const inOrder = [...errors.values()].map(forHosts).sort((a, b) => (a.location?.line ?? 0) - (b.location?.line ?? 0))
  return { errors: inOrder, warnings, idle, tasks: count, hosts: touched.size }
}

async function tryOut(
  task: ScheduledTask,
  hosts: readonly Host[],
  inventory: Inventory,
  controllerFile: ControllerFile,
  note: Note,
): Promise<Trial> {
  const ends = await Promise.all(hosts.map((host) => tryOn(task, host, inventory, controllerFile, note)))
  return { task, hosts, ends }
}

function isIdle(ends: readonly End[]): boolean {
  return ends.length > 0 && ends.every((end) => end === 'not here')
}

/** Tries a task for one host. */
async function tryOn(
  { task, view }: ScheduledTask,
  host: Host,
  inventory: Inventory,
  controllerFile: ControllerFile,
  note: Note,
): Promise<End> {
  const context = createContext(host, inventory, createOutputs())
  const { when, delegateTo } = task.options
  try {
    if (when && !when(context)) return 'not here'
    const other = typeof delegateTo === 'function' ? delegateTo(context) : delegateTo
    if (other !== undefined) inventory.select(other)
    await task.call.prepare(context).observe(lookAtNothing(controllerFile))
  } catch (error) {
    if (error instanceof TaskFailed) return error
    note(error, view.location, host.name)
  }
  return 'may run'
}

function lookAtNothing(controllerFile: ControllerFile): Look {
  const refuse = async (): Promise<never> => {
    throw new NotAsked('no host is asked')
  }
  return {
    run: refuse,
    text: refuse,
    json: refuse,
    file: refuse,
    controllerFile: async (path, encoding) => controllerFile(path, encoding),
  }
}

function inNoPlay({ task }: NotKnownYet): InputError {
  return new InputError({
    summary: `the output of task "${task.name}" is needed, and that task is in no play`,
    hint: 'put it into a play before this one, or before this task',
  })
}

function forHosts({ error, hosts }: Found): InputError {
  const others = hosts.slice(1)
  if (others.length === 0) return error
  const { summary, detail = '', hint, location } = diagnose(error)
  const also = `and so for ${count(others.length, 'other host')}: ${names(others)}`
  return new InputError({ summary, detail: detail ? `${detail}\n${also}` : also, hint, location })
}

function located(error: unknown, location: Location | undefined): InputError {
  if (!(error instanceof InputError)) throw error
  const { summary, detail, hint, location: own } = diagnose(error)
  const place = own ?? location
  return new InputError({
    summary,
    detail,
    hint,
    location: place && { file: shownPath(place.file), line: place.line, column: own?.column },
  })
}

function attempt<T>(work: () => T, failed: (error: unknown) => void): T | undefined {
  try {
    return work()
  } catch (error) {
    failed(error)
    return undefined
  }
}

function noHosts({ name, hosts, location }: Play): Diagnosis {
  return {
    summary: `play "${name}" runs nowhere: no host is named by "${hosts}"`,
    location: location && { file: shownPath(location.file), line: location.line },
  }
}
