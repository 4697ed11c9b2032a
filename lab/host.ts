import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { poll } from './async.ts'
import { diskOf } from './disk.ts'
import { LabError } from './error.ts'
import { machineOf } from './network.ts'
import { clearRemains } from './nspawn.ts'
import { hostDir } from './paths.ts'
import {
  endProcess,
  isRunning,
  namespaceOf,
  onlyChild,
  type ProcessId,
  parseStat,
  processesOn,
  processOf,
  signal,
} from './process.ts'
import type { HostSpec } from './topology.ts'

/** Where the process of a host is noted when it starts, and noted again once the host has answered. */
export const processFile = (lab: string, host: string) => join(hostDir(lab, host), 'process')
const readyFile = (lab: string, host: string) => join(hostDir(lab, host), 'ready')

/** The systemd-nspawn of a host; undefined when the host is off. */
export function supervisorOf(lab: string, host: string): ProcessId | undefined {
  const recorded = parseStat(contentOf(processFile(lab, host)))
  return recorded && isRunning(recorded) ? recorded : undefined
}

/** PID 1 of a host, as this machine numbers it; undefined when the host is off. */
export function leaderOf(lab: string, host: string): ProcessId | undefined {
  const supervisor = supervisorOf(lab, host)
  return supervisor && onlyChild(supervisor.pid)
}

export type Power = 'running' | 'booting' | 'frozen' | 'off'

export function powerOf(lab: string, host: string): Power {
  if (!supervisorOf(lab, host)) return 'off'
  if (contentOf(readyFile(lab, host)) !== contentOf(processFile(lab, host))) return 'booting'
  const leader = leaderOf(lab, host)
  return leader && processOf(leader.pid)?.state === 'T' ? 'frozen' : 'running'
}

/** Notes that the host which runs now has booted. */
export function noteReady(lab: string, host: string): void {
  writeFileSync(readyFile(lab, host), contentOf(processFile(lab, host)))
}

const contentOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** Pulls the plug: every process of the host ends at once and nothing is written back. Its disk stays. */
export async function powerOff(lab: string, host: HostSpec): Promise<void> {
  const leader = leaderOf(lab, host.name)
  const supervisor = supervisorOf(lab, host.name)
  if (leader) await endProcess(leader)
  // systemd-nspawn ends by itself after its leader, and then removes the host's cable.
  if (supervisor && !(await poll(5, () => (isRunning(supervisor) ? undefined : true)))) await endProcess(supervisor)
  // One that was ended while it was still starting the host may leave PID 1 of the host behind.
  const { upper } = diskOf(lab, host.name)
  const gone = await poll(10, () => {
    const rest = processesOn(upper)
    for (const id of rest) signal(id, 'SIGKILL')
    return rest.length === 0 ? true : undefined
  })
  if (!gone) throw new LabError({ summary: `processes of ${host.name} do not end`, detail: processList(upper) })
  await clearRemains(machineOf(lab, host.octet))
}

const processList = (upper: string) =>
  processesOn(upper)
    .map(({ pid }) => `process ${pid}`)
    .join('\n')

/** Stops every process of a host where it stands, as a machine that hangs: it keeps its address and answers nothing. */
export async function freeze(lab: string, host: string): Promise<void> {
  const leader = leaderOf(lab, host)
  if (!leader) return
  // One that was just about to start another leaves that one awake: look again until none is.
  await poll(10, () => {
    const rest = awake(leader)
    for (const id of rest) signal(id, 'SIGSTOP')
    return rest.length === 0 ? true : undefined
  })
}

export function thaw(lab: string, host: string): void {
  const leader = leaderOf(lab, host)
  if (!leader) return
  for (const id of namespaceOf(leader.pid)) signal(id, 'SIGCONT')
}

const awake = (leader: ProcessId) =>
  namespaceOf(leader.pid).filter(({ pid }) => {
    const state = processOf(pid)?.state
    return state !== undefined && state !== 'T' && state !== 't'
  })
