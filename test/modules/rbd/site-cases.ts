import type { SiteImage, SiteImages, SiteLook } from '../../../src/modules/rbd/site-images.ts'
import { poolStatusSchema } from '../../../src/modules/rbd/status.ts'

/** The time at which the sites of these tests are looked at, and a report that is 10 s old then. */
export const now = Date.parse('2026-11-22T08:00:00Z') / 1000
const lately = '2026-11-22 07:59:50'

export interface ImageCase {
  readonly name: string
  readonly primary?: boolean
  readonly mode?: 'journal' | 'snapshot'
  /** As `rbd mirror pool status` prints it. */
  readonly state?: string
  readonly description?: string
  readonly lastUpdate?: string
  readonly image?: Partial<SiteImage>
  /** What the other site is said to say. */
  readonly peer?: { readonly site: string; readonly state: string; readonly lastUpdate?: string }
}

/** Words of Ceph 16.2.15. */
export const words = {
  primary: { primary: true, state: 'up+stopped', description: 'local image is primary' },
  replayed: { state: 'up+replaying', description: 'replaying, {"entries_behind_primary":0}' },
  behind: { state: 'up+replaying', description: 'replaying, {"entries_behind_primary":7}' },
  splitBrain: { state: 'up+error', description: 'split-brain detected' },
  demoted: { state: 'up+unknown', description: 'remote image is not primary' },
} as const

export function site(name: string, images: readonly ImageCase[]): SiteLook {
  const status = poolStatusSchema.parse({
    summary: { health: 'OK' },
    daemons: [{ service_id: '1', instance_id: '42', hostname: `${name}-mirror-1` }],
    images: images.map((image) => ({
      name: image.name,
      global_id: `global-${image.name}`,
      state: image.state ?? 'down+unknown',
      description: image.description ?? 'status not found',
      last_update: image.lastUpdate ?? (image.state === undefined ? '' : lately),
      peer_sites: image.peer
        ? [{ site_name: image.peer.site, state: image.peer.state, last_update: image.peer.lastUpdate }]
        : [],
    })),
  })
  const found: SiteImages = {
    images: images.map(
      ({ name: image, primary = false, mode = 'journal', image: more }): SiteImage => ({
        name: image,
        id: `${name}-${image}`,
        globalId: `global-${image}`,
        mode,
        primary,
        parent: undefined,
        modified: undefined,
        lastRole: undefined,
        ...more,
      }),
    ),
    others: [],
    status,
    now,
  }
  return { site: name, found }
}

/** The same site with the canary of `of`, stamped so many seconds ago. */
export const withCanary = (look: SiteLook, of: string, age: number): SiteLook => ({
  ...look,
  found: look.found && {
    ...look.found,
    canaries: [
      ...(look.found.canaries ?? []),
      { name: `canary.${of}`, primary: of === look.site, stamp: { time: now - age, interval: 10 } },
    ],
  },
})

/** A site that does not answer. */
export const silent = (name: string): SiteLook => ({ site: name, found: undefined })
