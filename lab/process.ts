import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { poll } from './async.ts'

/** A process as it can be told from a later one with the same number. */
export interface ProcessId {
  readonly pid: number
  /** When it started, in clock ticks after boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly started: string
}

/** Reads the line of a /proc/PID/stat file. */
export function parseStat(line: string): (ProcessId & { readonly state: string }) | undefined {
  // The second field is the command in parentheses, which may hold spaces and parentheses of its own.
  const match = /^(\d+) \(.*\) (\S) (.*)$/s.exec(line.trim())
  const started = match?.[3]?.split(' ')[18]
  if (!match?.[1] || !match[2] || !started) return undefined
  return { pid: Number(match[1]), state: match[2], started }
}

/** The process with this number now; undefined when there is none, or only its remains. */
export function processOf(pid: number): ReturnType<typeof parseStat> {
  try {
    const found = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return found?.state === 'Z' || found?.state === 'X' ? undefined : found
  } catch {
    return undefined
  }
}

export function isRunning({ pid, started }: ProcessId): boolean {
  return processOf(pid)?.started === started
}

/** Sends SIGKILL to exactly this process and waits until it is gone; false when it is still there after `seconds`. */
export async function endProcess(id: ProcessId, seconds = 10): Promise<boolean> {
  signal(id, 'SIGKILL')
  return (await poll(seconds, () => (isRunning(id) ? undefined : true))) ?? false
}

/** Sends a signal to exactly this process; one that has ended meanwhile is no error. */
export function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isRunning(id)) return
  try {
    process.kill(id.pid, name)
  } catch {
    // It ended between the look and the signal.
  }
}

/** The child of a process that is PID 1 of a host; undefined while there is none. */
export function onlyChild(pid: number): ProcessId | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return child ? processOf(Number(child)) : undefined
  } catch {
    return undefined
  }
}

/** Every process that lives in the same PID namespace as `pid`. */
export function namespaceOf(pid: number): ProcessId[] {
  const namespace = pidNamespace(pid)
  if (!namespace) return []
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const inside = numbers.map(Number).filter((number) => pidNamespace(number) === namespace)
  return inside.map(processOf).filter((found) => found !== undefined)
}

/** Every process that sees the overlay mount with this upper folder: those that live on a host's disk, and its supervisor. */
export function processesOn(upper: string): ProcessId[] {
  const mounted = `upperdir=${upper},`
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const inside = numbers.filter((number) => mountsOf(number).includes(mounted))
  return inside.map((number) => processOf(Number(number))).filter((found) => found !== undefined)
}

function mountsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
  } catch {
    return ''
  }
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}
