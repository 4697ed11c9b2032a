import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { poll } from './async.ts'
import { diskOf } from './disk.ts'
import { LabError } from './error.ts'
import type { Layers } from './layers.ts'
import { bridgeOf, machineOf } from './network.ts'
import { clearRemains, containerCommand } from './nspawn.ts'
import { hostDir } from './paths.ts'
import {
  endProcess,
  isRunning,
  namespaceOf,
  onlyChild,
  type ProcessId,
  parseStat,
  processOf,
  signal,
} from './process.ts'
import { packagesMount } from './setup.ts'
import type { LabState } from './state.ts'
import { addressIn } from './subnet.ts'
import type { HostSpec } from './topology.ts'

const bootSeconds = 90

const processFileOf = (lab: string, host: string) => join(hostDir(lab, host), 'process')
const consoleFile = (lab: string, host: string) => join(hostDir(lab, host), 'console.log')

/** Boots a host and waits until its sshd answers; one that runs is left alone. */
export async function boot(lab: LabState, host: HostSpec, layers: Layers): Promise<void> {
  if (supervisorOf(lab.name, host.name)) return
  const machine = machineOf(lab.name, host.octet)
  await clearRemains(machine)
  const options = [
    '--boot',
    '--link-journal=no',
    `--hostname=${host.name}`,
    `--network-bridge=${bridgeOf(lab.name)}`,
    `--bind-ro=${layers.repository}:${packagesMount}`,
  ]
  const tree = { lower: layers.lower, ...diskOf(lab.name, host.name) }
  const processFile = processFileOf(lab.name, host.name)
  const [command = '', ...args] = containerCommand({ machine, tree, args: options, processFile })
  const console = await open(consoleFile(lab.name, host.name), 'w', 0o600)
  const child = spawn(command, args, { detached: true, stdio: ['ignore', console.fd, console.fd] })
  child.on('error', () => {})
  child.unref()
  await console.close()
  await untilReady(lab, host, () => child.exitCode === null && child.signalCode === null)
}

async function untilReady(lab: LabState, host: HostSpec, launched: () => boolean): Promise<void> {
  const address = addressIn(lab.subnet, host.octet)
  const ready = await poll(bootSeconds, async () => {
    if (!launched()) return false
    return (await answersSsh(address)) ? true : undefined
  })
  if (ready) return
  const file = consoleFile(lab.name, host.name)
  throw new LabError({
    summary: ready === false ? `${host.name} did not boot` : `${host.name} did not answer within ${bootSeconds} s`,
    detail: readFileSync(file, 'utf8').split('\n').slice(-15).join('\n').trim(),
    hint: `read ${file}; "playbook lab down --name ${lab.name}" cleans up`,
  })
}

/** Whether an SSH server greets at this address. */
function answersSsh(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('SSH-')))
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => settle(false))
  })
}

/** The systemd-nspawn of a host; undefined when the host is off. */
export function supervisorOf(lab: string, host: string): ProcessId | undefined {
  const file = processFileOf(lab, host)
  if (!existsSync(file)) return undefined
  const recorded = parseStat(readFileSync(file, 'utf8'))
  return recorded && isRunning(recorded) ? recorded : undefined
}

/** PID 1 of a host, as this machine numbers it; undefined when the host is off. */
export function leaderOf(lab: string, host: string): ProcessId | undefined {
  const supervisor = supervisorOf(lab, host)
  return supervisor && onlyChild(supervisor.pid)
}

export type Power = 'running' | 'frozen' | 'off'

export function powerOf(lab: string, host: string): Power {
  const leader = leaderOf(lab, host)
  if (!leader) return supervisorOf(lab, host) ? 'running' : 'off'
  return processOf(leader.pid)?.state === 'T' ? 'frozen' : 'running'
}

/** Pulls the plug: every process of the host ends at once and nothing is written back. Its disk stays. */
export async function powerOff(lab: string, host: HostSpec): Promise<void> {
  const leader = leaderOf(lab, host.name)
  const supervisor = supervisorOf(lab, host.name)
  if (leader) await endProcess(leader)
  // systemd-nspawn ends by itself after its leader, and then removes the host's cable.
  if (supervisor && !(await poll(5, () => (isRunning(supervisor) ? undefined : true)))) await endProcess(supervisor)
  if (supervisor && isRunning(supervisor)) {
    throw new LabError({ summary: `${host.name} does not end: process ${supervisor.pid}` })
  }
  await clearRemains(machineOf(lab, host.octet))
}

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
