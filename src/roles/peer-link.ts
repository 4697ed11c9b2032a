import { type Block, block } from '../core/block.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { mirrorBootstrap } from '../modules/rbd/mirror-bootstrap.ts'
import { mirrorPeer } from '../modules/rbd/mirror-peer.ts'
import { mirrorToken } from '../modules/rbd/mirror-token.ts'
import { siteOf } from './ceph-hosts.ts'
import { type MirrorNames, namesInInventory } from './mirror-names.ts'
import { adminOf, onAdmin, onAdminOf } from './mirror-site.ts'

export interface PeerLinkOptions {
  readonly pool: string
  /** `token`: monitors and keys are kept in the clusters. `files`: in `/etc/ceph` on each host of a daemon. */
  readonly peers: PeerStyle
  /** The site that writes; with `bothWays` it is just the first. */
  readonly from: string
  readonly to: string
  readonly bothWays: boolean
  /** How things are called. Default: as the inventory says. */
  readonly names?: MirrorNames | undefined
}

export type PeerStyle = 'token' | 'files'

/** The link between the pools of two sites. */
export interface PeerLink {
  readonly tasks: readonly Block[]
  /**
   * Sees to it that the site that writes receives nothing; none for a link that goes both ways. Its daemons are to be
   * restarted for it before `tasks` are done: one that still receives makes the other site's peer go both ways again.
   */
  readonly sendOnly: readonly Task<unknown>[]
  /** Tasks whose change the daemons of a site have to be restarted for, by site. */
  readonly changing: Readonly<Record<string, readonly Task<unknown>[]>>
  readonly peers: PeerStyle
  /** The site whose data a site's daemons read, undefined for one that only sends. */
  source(site: string, context?: TaskContext): string | undefined
}

/** Makes two sites peers of each other. For plays on `mons` of both. */
export function peerLink(options: PeerLinkOptions): PeerLink {
  const { from, to, bothWays, peers } = options
  const style = peers === 'token' ? byToken(options) : byFiles(options)
  return {
    ...style,
    peers,
    source: (site) => (site === to ? from : bothWays && site === from ? to : undefined),
  }
}

type Style = Pick<PeerLink, 'tasks' | 'sendOnly' | 'changing'>

/**
 * One import links both sites, so they are linked one after the other: for the first, this only sees to it that the
 * second's import has left everything as it should be.
 */
function byToken(options: PeerLinkOptions): Style {
  const { pool, from, to, bothWays, names = namesInInventory } = options
  const nameOf = (context: TaskContext, site: string) => names.site(context, site).name
  const token = task(
    'Get the bootstrap token',
    mirrorToken((context) => ({ pool, siteName: nameOf(context, siteOf(context.host)) })),
  )
  const join = (site: string, other: string, first?: Task<unknown>) =>
    task(
      `Link ${site} to ${other}`,
      mirrorBootstrap((context) => ({
        pool,
        siteName: nameOf(context, site),
        remoteSite: nameOf(context, other),
        token: context.output(token, adminOf(context, other)).token,
        direction: bothWays ? 'rx-tx' : 'rx-only',
        linkedFromThere: first !== undefined && context.mayHaveChanged(first, adminOf(context, other)),
      })),
      { when: onAdminOf(site) },
    )
  const joinTo = join(to, from)
  return linked(options, joinTo, bothWays ? join(from, to, joinTo) : undefined, [
    block({ when: onAdmin, tasks: [token] }),
  ])
}

function byFiles(options: PeerLinkOptions): Style {
  const { pool, from, to, bothWays, names = namesInInventory } = options
  const join = (site: string, other: string) =>
    task(
      `Add ${other} as a peer of ${site}`,
      mirrorPeer((context) => ({
        pool,
        site: names.site(context, other).name,
        client: `client.${names.site(context, other).user}`,
        direction: bothWays ? 'rx-tx' : 'rx-only',
      })),
      { when: onAdminOf(site) },
    )
  const joinTo = join(to, from)
  return linked(options, joinTo, bothWays ? join(from, to) : undefined)
}

/** Without a way back: a link that once went both ways may have left a peer to receive from. */
function linked(
  { pool, from, to, names = namesInInventory }: PeerLinkOptions,
  joinTo: Task<unknown>,
  joinFrom: Task<unknown> | undefined,
  before: readonly Block[] = [],
): Style {
  if (joinFrom)
    return {
      tasks: [...before, block({ tasks: [joinTo, joinFrom] })],
      sendOnly: [],
      changing: { [to]: [joinTo], [from]: [joinFrom] },
    }
  const sendOnly = task(
    `See that ${from} does not receive from ${to}`,
    mirrorPeer((context) => ({ pool, site: names.site(context, to).name, direction: 'tx-only' })),
    { when: onAdminOf(from) },
  )
  return {
    tasks: [...before, block({ tasks: [joinTo] })],
    sendOnly: [sendOnly],
    changing: { [to]: [joinTo], [from]: [sendOnly] },
  }
}
