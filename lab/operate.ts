import { type ChildProcess, spawn } from 'node:child_process'
import { InputError } from '../src/core/errors.ts'
import { sshOptions } from './access.ts'
import { freeze, leaderOf, type Power, powerOf, powerOff, thaw } from './host.ts'
import { findRoute, isPlugged, loseRoute, plug, unplug } from './network.ts'
import { requireRoot } from './requirements.ts'
import { type LabState, requireState } from './state.ts'
import { addressIn } from './subnet.ts'
import { hostsOf, type LabHost } from './topology.ts'

export interface HostStatus extends LabHost {
  readonly address: string
  readonly power: Power
  /** Unplugged from the lab's switch by {@link cutHost}. */
  readonly cut: boolean
}

export interface LabStatus {
  readonly name: string
  readonly subnet: string
  readonly hosts: readonly HostStatus[]
}

/** @throws InputError when there is no such lab */
export async function labStatus(lab: string): Promise<LabStatus> {
  const state = await requireState(lab)
  return { name: lab, subnet: state.subnet, hosts: hostsOf(state.topology).map((host) => statusOf(state, host)) }
}

function statusOf({ name: lab, subnet }: LabState, host: LabHost): HostStatus {
  const cut = isPlugged(lab, host.octet) === false
  return { ...host, address: addressIn(subnet, host.octet), power: powerOf(lab, host.name), cut }
}

/** Cuts a host off the network: it keeps running, and what it sends or is sent vanishes. */
export const cutHost = (lab: string, host: string) => onHost(lab, host, running, ({ octet }) => unplug(lab, octet))

/** Undoes {@link cutHost}. */
export const mendHost = (lab: string, host: string) => onHost(lab, host, running, ({ octet }) => plug(lab, octet))

/** Pulls a host's plug; its disk stays, and `labUp` boots it again. */
export const killHost = (lab: string, host: string) => onHost(lab, host, any, (found) => powerOff(lab, found))

/** Stops all processes of a host where they stand. */
export const freezeHost = (lab: string, host: string) => onHost(lab, host, running, ({ name }) => freeze(lab, name))

/** Undoes {@link freezeHost}. */
export const thawHost = (lab: string, host: string) => onHost(lab, host, running, async ({ name }) => thaw(lab, name))

/** Cuts the line between the sites: hosts of one site reach each other, and the controller all of them. */
export const splitSites = (lab: string) => betweenSites(lab, loseRoute)

/** Undoes {@link splitSites}. */
export const joinSites = (lab: string) => betweenSites(lab, findRoute)

async function betweenSites(lab: string, change: typeof loseRoute): Promise<void> {
  requireRoot()
  const { subnet, topology } = await requireState(lab)
  const hosts = hostsOf(topology)
  for (const { name, site } of hosts) {
    const leader = leaderOf(lab, name)
    const others = hosts.filter((other) => other.site !== site).map(({ octet }) => addressIn(subnet, octet))
    if (leader) await change(leader.pid, others)
  }
}

/** The command that logs in to a host over SSH, with the lab's key and known hosts; `command` is for the remote shell. */
export async function sshCommand(lab: string, host: string, user: string, command?: string): Promise<string[]> {
  const state = await requireState(lab)
  const { octet } = find(state, host)
  const target = `${user}@${addressIn(state.subnet, octet)}`
  return ['ssh', ...sshOptions(lab), target, ...(command === undefined ? [] : [command])]
}

/** The command that runs another on a host as on its console: as root, without the network. */
export async function consoleCommand(lab: string, host: string, argv: readonly string[]): Promise<string[]> {
  requireRoot()
  const state = await requireState(lab)
  const { name } = find(state, host)
  running(state, name)
  const leader = leaderOf(lab, name)
  const environment = [
    'env',
    '-i',
    '--chdir=/root',
    'HOME=/root',
    'LANG=C.UTF-8',
    `TERM=${process.env.TERM ?? 'dumb'}`,
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  ]
  const enter = ['--target', String(leader?.pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root']
  return ['nsenter', ...enter, ...environment, ...argv]
}

/** Runs a command of {@link sshCommand} or {@link consoleCommand} on this process' own terminal; gives its exit code. */
export async function runHere([command = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit' })
  return exitOf(child)
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 130))
  })
}

type Check = (state: LabState, host: string) => void

const any: Check = () => {}

const running: Check = ({ name: lab }, host) => {
  if (powerOf(lab, host) !== 'off') return
  throw new InputError({ summary: `${host} of the lab ${lab} is off`, hint: `playbook lab up --name ${lab} boots it` })
}

async function onHost(lab: string, name: string, check: Check, work: (host: LabHost) => Promise<void>): Promise<void> {
  requireRoot()
  const state = await requireState(lab)
  const host = find(state, name)
  check(state, host.name)
  await work(host)
}

function find({ name: lab, topology }: LabState, host: string): LabHost {
  const hosts = hostsOf(topology)
  const found = hosts.find(({ name }) => name === host)
  if (found) return found
  throw new InputError({
    summary: `no host ${host} in the lab ${lab}; there are ${hosts.map(({ name }) => name).join(', ')}`,
  })
}
