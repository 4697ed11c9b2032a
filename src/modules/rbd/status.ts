import { z } from 'zod'

/**
 * What `rbd mirror … status --format json` says, made into values. Decoded by what is there, not by version:
 *
 * | release | shape | known from |
 * |---|---|---|
 * | Luminous … Nautilus | text positions, `entries_behind_master=N`; no peer sites, no daemons | Ceph's sources (ReplayStatusFormatter, tools/rbd) |
 * | Octopus 15.2.0 … | `peer_sites`, `daemons`, text positions, `entries_behind_primary=N` | Ceph's sources |
 * | Pacific | JSON in `description` | captured from 16.2.15 |
 * | Quincy … Squid | Pacific's, and `bytes_per_…`, `seconds_until_synced`, `syncing_percent` | Ceph's sources |
 */

export interface ImageStatus {
  readonly name: string
  /** The same on both sites; undefined while it is not known. */
  readonly globalId: string | undefined
  /** Whether the daemon that reported it is alive, as this site sees it. */
  readonly up: boolean
  /** `replaying`, `stopped`, `unknown`, `error`, `syncing`, `starting_replay`, `stopping_replay`. */
  readonly state: string
  readonly description: string
  /** Seconds since 1970, by the cluster's clock; undefined before the first report. */
  readonly lastUpdate: number | undefined
  readonly replay: Replay | undefined
  readonly splitBrain: boolean
  /** What the reporter believes of its own copy. Stale for some seconds after a change: `rbd info` knows better. */
  readonly saysPrimary: boolean
  /** Host of the daemon that takes care of the image. */
  readonly daemonHost: string | undefined
  readonly peers: readonly PeerStatus[]
}

/** The same image as another site reports it. */
export type PeerStatus = Pick<
  ImageStatus,
  'up' | 'state' | 'description' | 'lastUpdate' | 'replay' | 'splitBrain' | 'saysPrimary'
> & { readonly site: string; readonly mirrorUuid: string | undefined }

export type Replay =
  | {
      readonly mode: 'journal'
      /** Journal entries that are written on the primary and not replayed yet. */
      readonly entriesBehind: number
      readonly secondsUntilSynced: number | undefined
    }
  | {
      readonly mode: 'snapshot'
      /** `idle`, `syncing`. */
      readonly state: string
      /** Times of the newest mirror snapshots, seconds since 1970 by the primary's clock. */
      readonly localSnapshot: number | undefined
      readonly remoteSnapshot: number | undefined
      readonly syncingPercent: number | undefined
      readonly lastSyncSeconds: number | undefined
    }

export interface DaemonStatus {
  readonly serviceId: string
  readonly instanceId: string
  /** Without its `rbd-mirror.`. */
  readonly clientId: string
  readonly host: string
  readonly version: string | undefined
  readonly leader: boolean
  readonly health: string
  readonly callouts: readonly string[]
}

export interface PoolStatus {
  readonly health: string
  /** Undefined before Octopus. */
  readonly daemonHealth: string | undefined
  readonly imageHealth: string | undefined
  /** How many images are in which state, as this site's daemons say. */
  readonly states: Readonly<Record<string, number>>
  readonly daemons: readonly DaemonStatus[]
  readonly images: readonly ImageStatus[]
}

/** A site that only sends has no daemon at work, and nothing is said of its images. */
const noState = 'down+unknown'

const site = z.object({
  state: z.string().default(noState),
  description: z.string().default(''),
  last_update: z.string().default(''),
})

export const imageStatusSchema = site
  .extend({
    name: z.string(),
    global_id: z.string().optional(),
    daemon_service: z.object({ hostname: z.string().optional() }).optional(),
    peer_sites: z
      .array(site.extend({ site_name: z.string().default(''), mirror_uuids: z.string().optional() }))
      .default([]),
  })
  .transform(
    ({ name, global_id, daemon_service, peer_sites, ...own }): ImageStatus => ({
      name,
      globalId: global_id || undefined,
      ...decodeSite(own),
      daemonHost: daemon_service?.hostname,
      peers: peer_sites.map(({ site_name, mirror_uuids, ...peer }) => ({
        site: site_name,
        mirrorUuid: mirror_uuids,
        ...decodeSite(peer),
      })),
    }),
  )

const daemonSchema = z
  .object({
    service_id: z.string(),
    instance_id: z.string().default(''),
    client_id: z.string().default(''),
    hostname: z.string().default(''),
    ceph_version: z.string().optional(),
    leader: z.boolean().default(false),
    health: z.string().default('UNKNOWN'),
    callouts: z.array(z.string()).default([]),
  })
  .transform(
    (daemon): DaemonStatus => ({
      serviceId: daemon.service_id,
      instanceId: daemon.instance_id,
      clientId: daemon.client_id,
      host: daemon.hostname,
      version: daemon.ceph_version,
      leader: daemon.leader,
      health: daemon.health,
      callouts: daemon.callouts,
    }),
  )

export const poolStatusSchema = z
  .object({
    summary: z.object({
      health: z.string(),
      daemon_health: z.string().optional(),
      image_health: z.string().optional(),
      states: z.record(z.string(), z.number()).default({}),
    }),
    daemons: z.array(daemonSchema).default([]),
    images: z.array(imageStatusSchema).default([]),
  })
  .transform(
    ({ summary, daemons, images }): PoolStatus => ({
      health: summary.health,
      daemonHealth: summary.daemon_health,
      imageHealth: summary.image_health,
      states: summary.states,
      daemons,
      images,
    }),
  )

type SiteStatus = Omit<PeerStatus, 'site' | 'mirrorUuid'>

function decodeSite({ state, description, last_update }: z.output<typeof site>): SiteStatus {
  const [prefix, ...rest] = state.split('+')
  return {
    up: rest.length > 0 ? prefix === 'up' : true,
    state: rest.join('+') || state,
    description,
    lastUpdate: parseTime(last_update),
    replay: decodeReplay(description),
    splitBrain: /split-brain/.test(description),
    saysPrimary: /^local image is primary/.test(description),
  }
}

/** `2026-11-22 07:41:18`, printed in UTC because we ask for it, as seconds since 1970. */
export function parseTime(text: string): number | undefined {
  const time = Date.parse(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(time) ? undefined : time / 1000
}

const replayJson = z.object({
  entries_behind_primary: z.number().optional(),
  entries_behind_master: z.number().optional(),
  seconds_until_synced: z.number().optional(),
  replay_state: z.string().optional(),
  local_snapshot_timestamp: z.number().optional(),
  remote_snapshot_timestamp: z.number().optional(),
  last_snapshot_sync_seconds: z.number().optional(),
  syncing_percent: z.number().optional(),
})

function decodeReplay(description: string): Replay | undefined {
  const text = /entries_behind_(?:master|primary)=(\d+)/.exec(description)
  if (text) return { mode: 'journal', entriesBehind: Number(text[1]), secondsUntilSynced: undefined }
  const json = replayJson.safeParse(embeddedJson(description))
  if (!json.success) return undefined
  const { entries_behind_primary, entries_behind_master, seconds_until_synced, replay_state, ...snapshot } = json.data
  const entriesBehind = entries_behind_primary ?? entries_behind_master
  if (entriesBehind !== undefined) return { mode: 'journal', entriesBehind, secondsUntilSynced: seconds_until_synced }
  if (replay_state === undefined) return undefined
  return {
    mode: 'snapshot',
    state: replay_state,
    localSnapshot: snapshot.local_snapshot_timestamp,
    remoteSnapshot: snapshot.remote_snapshot_timestamp,
    syncingPercent: snapshot.syncing_percent,
    lastSyncSeconds: snapshot.last_snapshot_sync_seconds,
  }
}

function embeddedJson(description: string): unknown {
  const start = description.indexOf('{')
  if (start < 0) return undefined
  try {
    return JSON.parse(description.slice(start))
  } catch {
    return undefined
  }
}

/** A report older than this is not believed: daemons renew theirs about every 10 s, up to every 30 s. */
export const freshSeconds = 90

/** Whether a status was renewed lately enough to be believed; `now` in seconds since 1970 by the same cluster's clock. */
export function isFresh({ up, lastUpdate }: Pick<ImageStatus, 'up' | 'lastUpdate'>, now: number): boolean {
  return up && lastUpdate !== undefined && now - lastUpdate < freshSeconds
}

/** Whether a copy follows its primary and has all that the primary is known to have written. */
export function hasCaughtUp({ up, state, replay }: Pick<ImageStatus, 'up' | 'state' | 'replay'>): boolean {
  if (!up || state !== 'replaying' || !replay) return false
  if (replay.mode === 'journal') return replay.entriesBehind === 0
  return replay.state === 'idle' && replay.localSnapshot !== undefined && replay.localSnapshot === replay.remoteSnapshot
}

/**
 * Whether a demotion has been seen by all: this site and every other say that nothing is primary elsewhere (`remote image
 * is not primary`, `remote image demoted`), or this one found that the two had diverged. Until then Ceph refuses to
 * promote elsewhere (EBUSY).
 */
export function demotionArrived({ peers, ...own }: ImageStatus): boolean {
  return own.splitBrain || [own, ...peers].every(seesNoPrimary)
}

function seesNoPrimary({ up, state, description }: Pick<ImageStatus, 'up' | 'state' | 'description'>): boolean {
  return up && state === 'unknown' && description.startsWith('remote image')
}
