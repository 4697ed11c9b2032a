import { canaryPrefix } from './names.ts'
import type { SiteLook } from './site-images.ts'

/** What the canary of a site tells at the other one. */
export interface CanaryView {
  /** Where it is written, and where it was read. */
  readonly from: string
  readonly to: string
  /** What was written before so many seconds has arrived; undefined where that cannot be told. */
  readonly seconds: number | undefined
  /** Seconds since it was written at all, where that is too long; then it tells nothing. */
  readonly silent: number | undefined
}

/** Stamps that may be missed before a canary counts as silent, and seconds for a busy cluster to write one. */
const missed = 3
const patience = 20

/** Undefined where there is no such canary. Both clocks are trusted to be right within seconds. */
export function canaryView(source: SiteLook, target: SiteLook): CanaryView | undefined {
  const [own, copy] = [source, target].map(({ found }) =>
    found?.canaries?.find(({ name }) => name === `${canaryPrefix}${source.site}`),
  )
  if (!own && !copy) return undefined
  const view = { from: source.site, to: target.site }
  const silent = source.found && silence(own?.stamp, source.found.now)
  if (silent !== undefined) return { ...view, seconds: undefined, silent }
  const seconds = copy?.stamp && target.found ? Math.max(0, Math.round(target.found.now - copy.stamp.time)) : undefined
  return { ...view, seconds, silent: undefined }
}

function silence(stamp: { readonly time: number; readonly interval: number } | undefined, now: number) {
  if (!stamp) return undefined
  const age = Math.round(now - stamp.time)
  return age > missed * stamp.interval + patience ? age : undefined
}
