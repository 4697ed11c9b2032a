import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { labFiles } from '../../lab/index.ts'
import { environment, main, project } from '../cli/support.ts'
import { onConsole } from './support.ts'

/** A run of `playbook` that is under way. */
export interface FaultRun {
  readonly child: ChildProcess
  /** What it printed so far, standard error too. */
  output(): string
  /** Its exit code, and all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
  /** The most memory that it had resident when it was looked at, in MB. */
  memory(): number
}

/** A folder with the lab's inventory, changed as asked, and `fault.ts`: a play on all hosts with these tasks. */
export function faultProject(
  lab: string,
  tasks: string,
  { inventory = (text: string) => text, files = {} as Readonly<Record<string, string>> } = {},
): string {
  const playbook = `
import { awaitJob, command, copy, debug, job, play, playbook, task } from 'ceph-playbook'
import { script } from './say.ts'

export default playbook({
  name: 'Fault',
  plays: [play({ name: 'Fault', hosts: 'all', tasks: [${tasks}] })],
})
`
  const text = inventory(readFileSync(labFiles(lab).inventory, 'utf8'))
  return project({ 'fault.ts': playbook, 'inventory.yml': text, ...files })
}

/** A task that waits on one host, with a process of its own there that has `mark` in its arguments. */
export function longTask(host: string, mark: string, options = '{}'): string {
  const waits = `echo half way; sleep ${mark} & touch /run/begun; until [ -e /run/go ]; do sleep 0.1; done; kill $!`
  return `task('Work', script(({ host }) => ({ run: host.name === '${host}' ? '${waits}' : 'true' })), ${options}),
    task('After', script({ run: 'touch /run/after' })),`
}

export function startRun(folder: string, ...args: readonly string[]): FaultRun {
  const child = spawn(process.execPath, [main, 'run', 'fault.ts', '--no-typecheck', ...args], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let memory = 0
  const watch = setInterval(() => {
    memory = Math.max(memory, peakMemory(child.pid))
  }, 100)
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data
    })
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch)
      resolve({ code, output })
    })
  })
  return { child, ended, output: () => output, memory: () => memory }
}

/** Waits for a condition. That it never comes true is found by the test's time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 200))
}

/** Whether a shell script ends with 0 on a host's console. */
export async function holds(lab: string, host: string, script: string): Promise<boolean> {
  return (await onConsole(lab, host, script)).code === 0
}

/** Command lines on a host of what our runs started there: the supervisor's, and those with the mark. */
export async function leftOn(lab: string, host: string, mark: string): Promise<string[]> {
  const listing = `for f in /proc/[0-9]*/cmdline; do tr '\\0\\n' '  ' <$f; echo; done 2>/dev/null`
  const { stdout } = await onConsole(lab, host, listing)
  return stdout.split('\n').filter((line) => !line.includes('/cmdline') && (line.includes(mark) || /setsid/.test(line)))
}

/** Processes of this machine that work in a folder. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder
    } catch {
      return false
    }
  })
}

function peakMemory(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
