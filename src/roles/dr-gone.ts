import { z } from 'zod'
import { hostVar } from '../core/host.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { listed } from '../modules/rbd/batch.ts'
import { portsSeen } from '../modules/rbd/ports-seen.ts'

export interface ProofOptions {
  /** The site that is said to be gone. */
  readonly from: string
  /** The site from whose hosts it is tried. */
  readonly to: string
  /** The name of the site that is gone, typed by a person. */
  readonly declared?: string | undefined
}

/** Whether a site is gone, as seen from more than one place. */
export interface ProofOfLoss {
  /** Tries its monitors. For a play on the hosts of the other site. */
  readonly task: Task<readonly string[]>
  /** Proven, or declared. */
  isGone(context: TaskContext, answersToController: boolean): boolean
  /** What speaks for it and against it, in words. */
  evidence(context: TaskContext, answersToController: boolean): string[]
}

/** Monitors listen on these, with and without version 2 of the protocol. */
const monitorPorts = [3300, 6789]

/** Looks from the controller and from every host of the other site: a cut between two places is not the loss of one. */
export function proofOfLoss({ from, to, declared }: ProofOptions): ProofOfLoss {
  const tried = task(
    `Try the monitors of ${from} from the hosts of ${to}`,
    portsSeen((context) => ({ addresses: monitorsOf(context, from) })),
    { ignoreErrors: true, ignoreUnreachable: true },
  )
  const views = (context: TaskContext) =>
    context.hosts(to).flatMap(({ name }) => {
      const ports = portsFrom(context, tried, name)
      return ports === undefined ? [] : [ports.map((port) => `${port} from ${name}`)]
    })
  return {
    task: tried,
    isGone: (context, answersToController) =>
      declared === from ||
      (!answersToController && views(context).length > 0 && views(context).every((ports) => ports.length === 0)),
    evidence: (context, answersToController) => [
      `${from} ${answersToController ? 'answers' : 'does not answer'} to the controller`,
      monitorWords(from, to, views(context)),
      ...(declared === from ? [`the operator declared ${from} lost`] : []),
    ],
  }
}

function monitorWords(from: string, to: string, views: readonly (readonly string[])[]): string {
  if (views.length === 0) return `no host of ${to} could try the monitors of ${from}`
  const ports = views.flat()
  if (ports.length > 0) return `monitors of ${from} answer: ${listed(ports)}`
  return `no monitor of ${from} answers to ${views.length} host${views.length === 1 ? '' : 's'} of ${to}`
}

/** What a host saw; undefined where it could not look, which proves nothing. The play that looks is over by then. */
function portsFrom(context: TaskContext, tried: Task<readonly string[]>, host: string): readonly string[] | undefined {
  try {
    return context.output(tried, host)
  } catch {
    return undefined
  }
}

/** Where the monitors of a site listen: the addresses that the inventory gives them. */
function monitorsOf({ hosts }: TaskContext, site: string) {
  return hosts(`${site}:&mons`).flatMap((host) => {
    const login = hostVar(host, 'ansible_host', z.string().default(host.name))
    const address = hostVar(host, 'monitor_address', z.string().default(login))
    return monitorPorts.map((port) => ({ host: address, port }))
  })
}
