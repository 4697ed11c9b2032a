import { InputError } from '../core/errors.ts'
import type { Emit, HostRecap, TaskView } from '../core/events.ts'
import type { Host, Inventory } from '../core/host.ts'
import type { ControllerFile } from '../core/look.ts'
import type { Play } from '../core/playbook.ts'
import type { Task } from '../core/task.ts'
import type { Transport } from '../core/transport.ts'
import { createGrowth } from './growth.ts'
import { createHostRun, type HostRun } from './host-run.ts'
import type { LockSettings } from './lock.ts'
import { createOutputs } from './outputs.ts'
import { hostsOf, limitedTo, planPlays } from './plan-plays.ts'
import type { FinishedTasks } from './resume.ts'
import { type PlayEnd, runPlay } from './run-play.ts'
import type { PlannedChanges } from './saved-plan.ts'
import { tasksBefore } from './start-at.ts'
import { createTrace } from './trace.ts'

export interface RunSettings {
  /** Look and plan, but change nothing. Default false. */
  readonly check?: boolean
  /** A pattern that narrows every play's hosts. */
  readonly limit?: string | undefined
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  /** Hosts worked on at the same time. Default 20. */
  readonly forks?: number
  /** Keep other runs off the hosts that this one changes. Default: not. */
  readonly lock?: LockSettings
  /** Start at the first task of this name; those before it are only looked at. */
  readonly startAt?: string | undefined
  /** Handlers run also on hosts that failed after the notification, whatever a play says. Default false. */
  readonly forceHandlers?: boolean
  /** Asked before each task; one that it says no to is passed over. */
  readonly confirm?: ((task: TaskView, hosts: readonly string[]) => Promise<boolean>) | undefined
  /** Tell each connection and each request: events `host.connect` and `host.request`. Default false. */
  readonly trace?: boolean
  /** Hold every task to a saved plan. */
  readonly plan?: PlannedChanges
  /** Go on where another run was interrupted. */
  readonly resume?: FinishedTasks
  /** Aborted: no new task starts, what runs is waited for. */
  readonly stop?: AbortSignal
  /** Aborted: what runs on the hosts is ended too. */
  readonly signal?: AbortSignal
}

export interface RunRequest {
  readonly playbookName: string
  readonly plays: readonly Play[]
  readonly inventory: Inventory
  readonly transport: Transport
  readonly emit: Emit
  /** The text of a file on the controller, looked up as the playbook's folder says. Throws InputError. */
  readonly controllerFile: ControllerFile
  readonly settings?: RunSettings
}

export interface RunOutcome {
  readonly recap: readonly HostRecap[]
  /** 0 ok, 3 a host was unreachable, 4 a task failed, 130 stopped. */
  readonly exitCode: number
  /** What a task left on a host; undefined where it did not run, or not to its end. For programs that run plays. */
  output<Output>(task: Task<Output>, host: string): Output | undefined
}

/** Runs plays one after the other. What goes wrong on a host is told by events, the recap and the exit code. */
export async function runPlaybook(request: RunRequest): Promise<RunOutcome> {
  const { playbookName, inventory, transport, controllerFile, emit, settings = {} } = request
  const { check = false, forks = 20, stop, signal, plan, resume, lock } = settings
  const { startAt, confirm, forceHandlers = false } = settings
  const planned = planPlays(request)
  const before = tasksBefore(
    planned.map(({ schedule }) => schedule),
    startAt,
  )
  const runs = new Map<string, HostRun>()
  const hostRunIn =
    (now: Inventory) =>
    (name: string): HostRun => {
      const trace = settings.trace ? createTrace(name, emit) : undefined
      const host = findHost(now, name)
      const run = runs.get(name) ?? createHostRun(host, { transport, controllerFile, signal, trace })
      run.host = host
      runs.set(name, run)
      return run
    }
  const outputs = createOutputs()
  const growth = createGrowth(inventory)
  const settled = { check, forks, stop, signal, plan, resume, lock, before, confirm, forceHandlers }
  const mayCome = planned.flatMap((one) => one.mayAdd)
  let idle = true
  const lost = new Set<HostRun>()
  const started = performance.now()
  emit({ type: 'run.start', playbook: playbookName, check, time: new Date().toISOString() })
  let end: PlayEnd
  try {
    for (const { schedule, expected, hosts: known } of planned) {
      if (end || stop?.aborted) break
      const grown = growth.inventory()
      const now = grown.expecting(expected)
      const limited = () => limitedTo(settings.limit, grown.expecting(mayCome))
      const hosts = grown === inventory ? known : hostsOf(schedule.play, now, limited())
      if (hosts.length > 0) idle = false
      const hostRun = hostRunIn(now)
      const present = hosts.map(hostRun).filter((run) => !lost.has(run))
      emit({ type: 'play.start', play: schedule.play.name, hosts: present.map(({ host }) => host.name) })
      const environment = { ...settled, emit, outputs, growth, inventory: now, hostRun }
      if (present.length > 0) end = await runPlay(schedule, present, environment, lost)
      emit({ type: 'play.end', play: schedule.play.name })
    }
    if (settings.limit !== undefined && idle) {
      const text = `nothing was done: no play is for a host that --limit "${settings.limit}" names`
      emit({ type: 'message', level: 'warning', text })
    }
    if (end) emit({ type: 'message', level: 'warning', text: `${end}; what comes after it was not run` })
  } finally {
    await Promise.all([...runs.values()].map((run) => run.close()))
  }
  const recap = [...runs.values()].map((run) => run.recap())
  const exitCode = stop?.aborted ? 130 : exitCodeOf(recap)
  const traffic = [...runs.values()].map((run) => run.traffic())
  emit({
    type: 'run.end',
    recap,
    seconds: (performance.now() - started) / 1000,
    exitCode,
    requests: traffic.reduce((sum, { requests }) => sum + requests, 0),
    connections: traffic.reduce((sum, { connections }) => sum + connections, 0),
  })
  const output = <Output>(task: Task<Output>, host: string): Output | undefined =>
    outputs.known(task, host) ? (outputs.output(task, host) as Output) : undefined
  return { recap, exitCode, output }
}

function findHost(inventory: Inventory, name: string): Host {
  const host = inventory.hosts.get(name)
  if (!host) throw new InputError({ summary: `there is no host "${name}" in the inventory` })
  return host
}

function exitCodeOf(recap: readonly HostRecap[]): number {
  if (recap.some(({ failed }) => failed > 0)) return 4
  return recap.some(({ unreachable }) => unreachable > 0) ? 3 : 0
}
