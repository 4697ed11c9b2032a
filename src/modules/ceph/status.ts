import { z } from 'zod'
import { defineModule } from '../../core/module.ts'
import { asUser, ceph, identity } from './client.ts'

/** What later tasks may use, and `until` may wait for. */
export interface ClusterStatus {
  readonly fsid: string
  /** HEALTH_OK, HEALTH_WARN or HEALTH_ERR. */
  readonly health: string
  /** What stands behind it: messages by the name of the check, muted ones left out. */
  readonly checks: Readonly<Record<string, string>>
  /** Names of the monitors in the quorum. */
  readonly quorum: readonly string[]
  readonly monitors: number
  /** A manager is active. */
  readonly managed: boolean
  readonly osds: { readonly total: number; readonly up: number; readonly in: number }
}

const osdCounts = z.looseObject({ num_osds: z.int(), num_up_osds: z.int(), num_in_osds: z.int() })

/**
 * `ceph status --format json`. Up to Nautilus, the OSD counts stand one level deeper and the monitor map is whole; what
 * is muted is told since Octopus.
 */
const statusSchema = z.looseObject({
  fsid: z.string(),
  health: z.looseObject({
    status: z.string(),
    checks: z
      .record(
        z.string(),
        z.looseObject({ summary: z.looseObject({ message: z.string() }), muted: z.boolean().default(false) }),
      )
      .default({}),
  }),
  quorum_names: z.array(z.string()),
  monmap: z.looseObject({ num_mons: z.int().optional(), mons: z.array(z.unknown()).optional() }),
  mgrmap: z.looseObject({ available: z.boolean().default(false) }).default({ available: false }),
  osdmap: z.union([osdCounts, z.looseObject({ osdmap: osdCounts }).transform(({ osdmap }) => osdmap)]),
})

/** The state of the cluster, to be waited for with `until` or asserted with `failedWhen`. */
export const status = defineModule({
  name: 'ceph.status',
  description: 'Health, quorum, managers and OSDs of the cluster, as output; for until and failedWhen.',
  args: z.strictObject({ as: identity.optional() }),
  absent: undefined,
  read: async ({ as }, look): Promise<ClusterStatus | undefined> =>
    summarize(await look.json(ceph`${asUser(as)} status --format json`, statusSchema)),
  plan: () => [],
  output: (_, have) => have,
})

function summarize({ fsid, health, quorum_names, monmap, mgrmap, osdmap }: z.output<typeof statusSchema>) {
  const open = Object.entries(health.checks).filter(([, { muted }]) => !muted)
  return {
    fsid,
    health: health.status,
    checks: Object.fromEntries(open.map(([name, { summary }]) => [name, summary.message])),
    quorum: quorum_names,
    monitors: monmap.num_mons ?? monmap.mons?.length ?? 0,
    managed: mgrmap.available,
    osds: { total: osdmap.num_osds, up: osdmap.num_up_osds, in: osdmap.num_in_osds },
  }
}
