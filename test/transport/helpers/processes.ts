import { readdirSync, readFileSync } from 'node:fs'

/** Every process that runs, with its arguments (those that are dead and not yet waited for have none). */
function processes(): { readonly pid: number; readonly line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), line: commandLine(pid) }))
    .filter(({ line }) => line !== '')
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

export function commandLines(): string[] {
  return processes().map(({ line }) => line)
}

export function isRunning(part: string): boolean {
  return commandLines().some((line) => line.includes(part))
}

/** Ends what a test started, by a mark that no other process has. */
export function endProcesses(mark: string): void {
  for (const { pid, line } of processes()) if (line.includes(mark)) process.kill(pid, 'SIGKILL')
}

/** Waits for a condition that something else brings about. */
export async function until(condition: () => boolean, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

let counter = 0

/** A number of seconds that no other sleep on this machine has, so that it can be found among the processes. */
export function uniqueSleep(): string {
  return `${1000 + ++counter}.${process.pid}${Date.now()}`
}
