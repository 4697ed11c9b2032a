import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { poll } from './async.ts'
import { diskOf } from './disk.ts'
import { LabError } from './error.ts'
import { noteReady, processFile, supervisorOf } from './host.ts'
import type { Layers } from './layers.ts'
import { bridgeOf, machineOf } from './network.ts'
import { clearRemains, containerCommand } from './nspawn.ts'
import { hostDir } from './paths.ts'
import { isRunning } from './process.ts'
import { packagesMount } from './setup.ts'
import type { LabState } from './state.ts'
import { addressIn } from './subnet.ts'
import type { HostSpec } from './topology.ts'

const bootSeconds = 90

const consoleFile = (lab: string, host: string) => join(hostDir(lab, host), 'console.log')

/** Boots a host and waits until its sshd answers; one that an interrupted `up` has started is only waited for. */
export async function boot(lab: LabState, host: HostSpec, layers: Layers): Promise<void> {
  const started = supervisorOf(lab.name, host.name)
  const alive = started ? () => isRunning(started) : await start(lab, host, layers)
  await untilReady(lab, host, alive)
  noteReady(lab.name, host.name)
}

/** Starts a host's systemd-nspawn, which outlives us; the answer tells whether it still runs. */
async function start(lab: LabState, host: HostSpec, layers: Layers): Promise<() => boolean> {
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
  const note = processFile(lab.name, host.name)
  const [command = '', ...args] = containerCommand({ machine, tree, args: options, processFile: note })
  const console = await open(consoleFile(lab.name, host.name), 'w', 0o600)
  const child = spawn(command, args, { detached: true, stdio: ['ignore', console.fd, console.fd] })
  child.on('error', () => {})
  child.unref()
  await console.close()
  return () => child.exitCode === null && child.signalCode === null
}

async function untilReady(lab: LabState, host: HostSpec, alive: () => boolean): Promise<void> {
  const address = addressIn(lab.subnet, host.octet)
  const ready = await poll(bootSeconds, async () => {
    if (!alive()) return false
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
