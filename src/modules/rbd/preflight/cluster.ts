import { z } from 'zod'
import type { Look } from '../../../core/look.ts'
import { ceph } from '../../ceph/client.ts'
import { type Port, portOf } from '../addresses.ts'

/** What a cluster as a whole is like, as far as mirroring depends on it. */
export interface ClusterFacts {
  /** Pools that hold RBD images, by their application. */
  readonly rbdPools: readonly string[]
  readonly pools: readonly string[]
  /** OSDs to try: for each address that OSDs have, those with the lowest and the highest port. */
  readonly osdPorts: readonly Port[]
  /** OSDs that are fuller than Ceph is to warn of. */
  readonly full: readonly { readonly name: string; readonly percent: number }[]
  /** Share at which Ceph warns, in percent. */
  readonly nearFull: number
  /** Addresses that are on the blocklist, and until when, as Ceph says it. */
  readonly blocklist: Readonly<Record<string, string>>
  /** Messages of the health checks that mirroring suffers from, by name: clocks, full OSDs and pools. */
  readonly checks: Readonly<Record<string, string>>
}

const osdSchema = z.object({
  up: z.number(),
  /** Before Nautilus only this one: `10.0.0.1:6800/1234`. */
  public_addr: z.string().default(''),
  public_addrs: z.object({ addrvec: z.array(z.object({ type: z.string(), addr: z.string() })) }).optional(),
})

/** `ceph osd dump`. It is `blacklist` before Pacific; ratios stand here since Luminous. */
const osdMapSchema = z.object({
  nearfull_ratio: z.number().default(0.85),
  pools: z.array(
    z.object({ pool_name: z.string(), application_metadata: z.record(z.string(), z.unknown()).default({}) }),
  ),
  osds: z.array(osdSchema),
  blocklist: z.record(z.string(), z.string()).optional(),
  blacklist: z.record(z.string(), z.string()).optional(),
})

/** `ceph osd df`, the same since Luminous. */
const usageSchema = z.object({ nodes: z.array(z.object({ name: z.string(), utilization: z.number() })) })

const healthSchema = z.object({
  checks: z.record(z.string(), z.object({ summary: z.object({ message: z.string() }) })).default({}),
})

const relevantCheck = /^MON_CLOCK_SKEW$|FULL/

export async function readCluster(look: Look): Promise<ClusterFacts> {
  const [map, usage, health] = await Promise.all([
    look.json(ceph`osd dump --format json`, osdMapSchema),
    look.json(ceph`osd df --format json`, usageSchema),
    look.json(ceph`health --format json`, healthSchema),
  ])
  const nearFull = map.nearfull_ratio * 100
  const checks = Object.entries(health.checks).filter(([name]) => relevantCheck.test(name))
  return {
    pools: map.pools.map(({ pool_name }) => pool_name),
    rbdPools: map.pools.filter((pool) => 'rbd' in pool.application_metadata).map(({ pool_name }) => pool_name),
    osdPorts: outermost(map.osds.filter(({ up }) => up === 1).flatMap((osd) => addressOf(osd) ?? [])),
    full: usage.nodes.flatMap(({ name, utilization }) =>
      utilization >= nearFull ? [{ name, percent: Math.round(utilization) }] : [],
    ),
    nearFull: Math.round(nearFull),
    blocklist: map.blocklist ?? map.blacklist ?? {},
    checks: Object.fromEntries(checks.map(([name, { summary }]) => [name, summary.message])),
  }
}

function addressOf({ public_addr, public_addrs }: z.output<typeof osdSchema>): Port | undefined {
  return portOf(public_addrs?.addrvec[0]?.addr ?? public_addr)
}

/** A firewall lets a range of ports in, or not: its ends are enough. */
function outermost(ports: readonly Port[]): Port[] {
  const hosts = [...new Set(ports.map(({ host }) => host))]
  return hosts.flatMap((host) => {
    const own = ports.filter((port) => port.host === host).map(({ port }) => port)
    return [...new Set([Math.min(...own), Math.max(...own)])].map((port) => ({ host, port }))
  })
}
