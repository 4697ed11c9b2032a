import { block } from '../core/block.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { mirrorPeer } from '../modules/rbd/mirror-peer.ts'
import type { AdoptOptions, PairOf } from './adopt-options.ts'
import { siteOf } from './ceph-hosts.ts'
import { directionOf, type FoundPair, otherSite, receives, siteNamesOf, styleOf } from './found-pair.ts'
import type { MirrorNames } from './mirror-names.ts'
import { adminOf, onAdminOf } from './mirror-site.ts'
import { type PeerLink, peerLink } from './peer-link.ts'

export interface FoundLink extends PeerLink {
  /** Whether something was changed for which the daemon of the context's host is to be restarted. */
  changed(context: TaskContext): boolean
}

/** The link as it is, one way or both, by token or by files, which is known only once it was looked at. */
export function foundLink({ pool, sites }: AdoptOptions, pairOf: PairOf, names: MirrorNames): FoundLink {
  const [from, to] = sites
  const entry = (site: string) =>
    task(
      `See that ${site} receives as it is meant to`,
      mirrorPeer((context) => {
        const pair = pairOf(context)
        const { name, user } = siteNamesOf(pair, otherSite(pair, site))
        return { pool, site: name, client: `client.${user}`, direction: directionOf(pair, site) }
      }),
      { when: (context) => onAdminOf(site)(context) && styleOf(pairOf(context)) === 'files' },
    )
  const byToken = peerLink({ pool, from, to, peers: 'token', bothWays: true, names })
  const entries: Readonly<Record<string, Task<unknown>>> = { [from]: entry(from), [to]: entry(to) }
  const linkedByToken = (pair: FoundPair) => styleOf(pair) === 'token' && sites.every((site) => receives(pair, site))
  return {
    peers: 'files',
    sendOnly: [],
    tasks: [
      block({ tasks: Object.values(entries) }),
      block({
        when: (context) => linkedByToken(pairOf(context)),
        tasks: byToken.tasks,
      }),
    ],
    changing: {},
    changed: (context) => {
      const pair = pairOf(context)
      const site = siteOf(context.host)
      const done = linkedByToken(pair) ? byToken.changing[site] : styleOf(pair) === 'files' ? [entries[site]] : []
      return (done ?? []).some((item) => item && context.changed(item, adminOf(context, site)))
    },
    source: (site, context) => {
      const pair = context && pairOf(context)
      return pair && styleOf(pair) === 'files' && receives(pair, site) ? otherSite(pair, site) : undefined
    },
  }
}
