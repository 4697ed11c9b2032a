import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { ConnectError } from '../core/errors.ts'
import type { JumpConnection, Jumps } from './jumps.ts'
import { resolveHop } from './resolve-target.ts'
import { openSocket } from './socket.ts'
import { formatHop } from './ssh-config/hop.ts'
import type { Target } from './target.ts'
import { after } from './time.ts'

/** A stream that leads to a host's sshd. */
export interface Way {
  readonly stream: Duplex
  /** What a command on the way has said, for people; to be asked when it failed. */
  said(): Promise<string>
  release(): Promise<void>
}

export interface Travel {
  readonly jumps: Jumps
  readonly signal: AbortSignal | undefined
  /** Where we come from, so as not to go in a circle. */
  readonly trail: readonly string[]
  /** Logs in at a host on the way. */
  openHop(hop: Target, travel: Travel): Promise<JumpConnection>
}

/**
 * Goes the target's route up to its sshd.
 *
 * @throws ConnectError
 */
export async function openWay(target: Target, travel: Travel): Promise<Way> {
  if (target.route.kind === 'command') return commandWay(target.route.command)
  if (target.route.kind === 'jump') return jumpWay(target, travel)
  return { stream: await openSocket(target, travel.signal), said: async () => '', release: async () => undefined }
}

/** As ssh's ProxyCommand: run by the user's shell, its input and output are the connection. */
function commandWay(command: string): Way {
  const child = spawn(process.env.SHELL || '/bin/sh', ['-c', `exec ${command}`], { detached: true })
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-2000)
  })
  for (const stream of [child, child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    child.once('close', resolve)
    // What it left behind may hold its standard error open for ever.
    child.once('exit', () => after(2, resolve))
    child.once('error', resolve)
  })
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  stream.on('error', () => undefined)
  return {
    stream,
    async said() {
      await ended
      return said.trim()
    },
    async release() {
      stream.destroy()
      // One that hung up by itself may still be about to say why: `echo no >&2` lets go of its output before it writes.
      if (child.stdout.readableEnded) await Promise.race([ended, new Promise<void>((resolve) => after(1, resolve))])
      child.kill('SIGHUP')
    },
  }
}

async function jumpWay(target: Target, travel: Travel): Promise<Way> {
  const { name, address, port, route } = target
  const hops = route.kind === 'jump' ? route.hops : []
  const last = hops.at(-1)
  const fail = (step: ConnectError['step'], summary: string, hint?: string) =>
    new ConnectError({ host: name, address: `${address}:${port}`, step, summary: `${name}: ${summary}`, hint })
  if (!last) throw fail('connect', 'there is no host to jump by')
  const hop = await resolveHop(last, hops.slice(0, -1), target.inherited)
  const trail = [...travel.trail, placeOf(target)]
  if (trail.includes(placeOf(hop)))
    throw fail(
      'connect',
      `the jump hosts lead in a circle (${[...trail, placeOf(hop)].join(' by way of ')})`,
      `leave ${formatHop(last)} out of the Host pattern that has the ProxyJump`,
    )
  const key = JSON.stringify([placeOf(hop), hop.route, hop.identityFiles, hop.knownHosts])
  const { connection, release } = await travel.jumps
    .acquire(key, () => travel.openHop(hop, { ...travel, trail }))
    .catch((error) => {
      throw error instanceof ConnectError ? onTheWay(target, error) : error
    })
  try {
    return { stream: await connection.forward(address, port), said: async () => '', release }
  } catch (error) {
    await release()
    const why = error instanceof Error ? error.message.replace(/^.*failure: /, '') : String(error)
    throw fail('connect', `${hop.name} cannot connect to ${address} port ${port}: ${why}`)
  }
}

function onTheWay({ name }: Target, error: ConnectError): ConnectError {
  const { address, step, detail, hint, message } = error
  return new ConnectError({ host: name, address, step, detail, hint, summary: `${name}: on the way there: ${message}` })
}

function placeOf({ user, address, port }: Target): string {
  return `${user}@${address}:${port}`
}
