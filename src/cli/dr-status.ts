import { setTimeout as sleep } from 'node:timers/promises'
import { InputError } from '../core/errors.ts'
import type { Inventory } from '../core/host.ts'
import type { Transport } from '../core/transport.ts'
import { poolSpec } from '../modules/rbd/names.ts'
import { joinPair, type Pair } from '../modules/rbd/pair.ts'
import { unmirrored } from '../modules/rbd/unmirrored.ts'
import type { Side } from '../modules/rbd/verdict.ts'
import type { DrStatus } from '../report/dr-status.ts'
import { statusPlays } from '../roles/dr-status.ts'
import { adminOf } from '../roles/mirror-site.ts'
import { runPlaybook } from '../runner/run.ts'
import { writeOut } from './stdout.ts'

export interface StatusRequest {
  readonly pool: string
  readonly namespace: string | undefined
  readonly sites: readonly [string, string]
  readonly inventory: Inventory
  /** A new way to the hosts for each look: a site may come back. */
  readonly transport: Transport
}

export interface StatusView {
  readonly json: boolean
  readonly all: boolean
  /** Seconds between two looks; undefined looks once. */
  readonly watch: number | undefined
}

/** Exit codes of `dr status`; 3 when a site cannot be looked at. */
const codes = { healthy: 0, degraded: 5, broken: 6 } as const

/** Prints how a pair stands, once or again and again; answers with the exit code of what was seen last. */
export async function showStatus(request: StatusRequest, { json, all, watch }: StatusView): Promise<number> {
  const { drStatusLines } = await import('../report/dr-status.ts')
  const { useColour } = await import('./outputs.ts')
  for (;;) {
    const { status, code } = await lookAtStatus(request)
    const clear = watch !== undefined && !json && process.stdout.isTTY ? '\u001b[2J\u001b[H' : ''
    const text = json ? JSON.stringify(status) : drStatusLines(status, { colour: useColour(), all }).join('\n')
    writeOut(`${clear}${text}\n`)
    if (watch === undefined) return code
    await sleep(watch * 1000)
  }
}

async function lookAtStatus({ pool, namespace, sites, inventory, transport }: StatusRequest) {
  const { plays, look } = statusPlays({ pool, namespace, sites })
  const reasons: string[] = []
  const outcome = await runPlaybook({
    playbookName: 'status',
    plays,
    inventory,
    transport,
    emit: (event) => {
      if (event.type === 'host.end' && event.failure)
        reasons.push([event.host, event.failure.summary, event.failure.detail].filter(Boolean).join(': '))
    },
    controllerFile: (path) => {
      throw new InputError({ summary: `no file ${path} is needed to look` })
    },
  })
  const hosts = { hosts: (pattern: string) => inventory.select(pattern) }
  const [a, b] = sites.map((site) => ({ site, found: outcome.output(look, adminOf(hosts, site).name) }))
  if (!a || !b) throw new InputError({ summary: 'two sites are needed' })
  for (const reason of reasons) process.stderr.write(`${reason}\n`)
  const pair = joinPair(a, b)
  const seen = pair.sites.every((site) => site.seen)
  const status = drStatus(poolSpec({ pool, namespace }), pair)
  return { status, code: seen ? codes[status.health] : 3 }
}

/**
 * The pair as plain data for people and programs. Images that should be mirrored and are not degrade it here only: they
 * are no reason to refuse a failover of those that are.
 *
 * @param pool - `POOL` or `POOL/NAMESPACE`
 */
export function drStatus(pool: string, pair: Pair): DrStatus {
  const sites = pair.sites.map((view) => {
    const { site, seen, notMirrored, daemons, others, poolMode } = view
    return { site, seen, notMirrored, daemons, others, poolMode, unmirrored: unmirrored(view, pool) }
  })
  const lacking = sites.some((site) => !site.seen || site.unmirrored.length > 0)
  return {
    pool,
    health: lacking && pair.health === 'healthy' ? 'degraded' : pair.health,
    sites,
    canaries: pair.canaries,
    images: pair.images.map((image) => ({
      name: image.name,
      globalId: image.globalId,
      mode: image.mode,
      verdict: image.verdict,
      health: image.health,
      problem: image.problem,
      mend: image.mend,
      lag: image.lag,
      sides: image.sides.map((side) => ({
        site: side.site,
        role: roleOf(side, pair),
        state: side.status ? `${side.status.up ? 'up' : 'down'}+${side.status.state}` : 'none',
        age: side.age,
      })),
    })),
  }
}

function roleOf({ site, image }: Side, { sites }: Pair) {
  if (image) return image.primary ? 'primary' : 'secondary'
  return sites.find((view) => view.site === site)?.seen ? 'none' : 'unknown'
}
