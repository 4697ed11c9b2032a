import { findPeer, type Peer, sameMonitors } from '../peers.ts'
import { early, type Pitfall, type PreflightFacts, type Sides, stop, warning } from './pitfall.ts'

const relink = (pool: string) => `playbook run bidirectional.ts -e pool=${pool} (or one-way.ts)`

/** What is wrong between two sites: names, pools, peers, users. */
export function linkPitfalls({ pool, sides: [a, b] }: PreflightFacts): Pitfall[] {
  if (a.facts.fsid === b.facts.fsid)
    return [
      early(
        stop(
          'own-cluster',
          `${a.site} and ${b.site}`,
          `both are the cluster ${a.facts.fsid}: a site cannot mirror to itself`,
          'see that the monitors of the two sites in the inventory are of two clusters',
        ),
      ),
    ]
  const found = [...poolPitfalls(pool, [a, b]), ...poolPitfalls(pool, [b, a])]
  if (found.length > 0) return [...found, ...userPitfalls(pool, [a, b]), ...userPitfalls(pool, [b, a])]
  return [
    ...namePitfalls(pool, [a, b]),
    ...[[a, b] as const, [b, a] as const].flatMap((both) => [...peerPitfalls(pool, both), ...userPitfalls(pool, both)]),
  ]
}

function poolPitfalls(pool: string, [{ site, facts }]: Sides): Pitfall[] {
  if (!facts.pool)
    return [
      stop('pool-missing', site, `there is no pool ${pool}; pools of both sites must have one name`, relink(pool)),
    ]
  if (facts.pool.mirroring.mode === 'disabled')
    return [stop('mirroring-off', site, `pool ${pool} is not mirrored`, relink(pool))]
  return []
}

function namePitfalls(pool: string, [a, b]: Sides): Pitfall[] {
  const [one, two] = [a.facts.pool?.mirroring, b.facts.pool?.mirroring]
  const found: Pitfall[] = []
  if (one?.siteName !== undefined && one.siteName === two?.siteName)
    found.push(
      stop(
        'same-name',
        `${a.site} and ${b.site}`,
        `both clusters call themselves ${one.siteName}`,
        `give each a name of its own: rbd mirror pool enable --site-name ${a.name} ${pool} ${one.mode}, or ${relink(pool)}`,
      ),
    )
  if (one && two && one.mode !== two.mode)
    found.push(
      warning(
        'modes-differ',
        `${a.site} and ${b.site}`,
        `pool ${pool} is in ${one.mode} mode at ${a.site} and in ${two.mode} mode at ${b.site}`,
        relink(pool),
      ),
    )
  return found
}

function peerPitfalls(pool: string, [own, other]: Sides): Pitfall[] {
  const { site, facts } = own
  const peers = facts.pool?.mirroring.peers ?? []
  const peer = findPeer(peers, other.name, other.facts.fsid)
  const sources = peers.filter((entry) => entry !== peer && entry.direction !== 'tx-only')
  const found = sources.map((entry) =>
    stop(
      'another-source',
      site,
      `pool ${pool} receives from ${entry.site}; a pool can have only one source`,
      `remove that peer if it is not meant: rbd mirror pool peer remove ${pool} ${entry.uuid}`,
    ),
  )
  return [
    ...found,
    ...directionPitfalls(pool, [own, other], peer),
    ...(peer ? entryPitfalls(pool, [own, other], peer) : []),
  ]
}

function directionPitfalls(pool: string, [own, other]: Sides, peer: Peer | undefined): Pitfall[] {
  const receives = peer !== undefined && peer.direction !== 'tx-only'
  if (own.receives === receives) return []
  if (receives)
    return [
      warning(
        'two-way',
        own.site,
        `it receives pool ${pool} from ${other.site} (${peer.direction}), and is meant to send only`,
        `playbook run one-way.ts -e pool=${pool} -e from=${own.site} -e to=${other.site}`,
      ),
    ]
  const seen = peer ? `knows ${other.site} as a reader only (${peer.direction})` : `has no peer ${other.site}`
  return [
    stop('one-way', own.site, `it is meant to receive pool ${pool} from ${other.site}, and ${seen}`, relink(pool)),
  ]
}

/** Whether an entry leads to the other site, and is let in there. */
function entryPitfalls(pool: string, [own, other]: Sides, peer: Peer): Pitfall[] {
  const found: Pitfall[] = []
  const say = (kind: string, seen: string, mend: string) => found.push(stop(kind, own.site, seen, mend))
  if (peer.site === other.facts.fsid)
    say(
      'name-unreadable',
      `its peer is called ${peer.site}, the fsid of ${other.site}: the name of that site could not be read`,
      `the caps of the daemons are too narrow: ${relink(pool)}`,
    )
  if (peer.direction === 'tx-only') return found
  if (peer.monHost !== '') {
    if (sameMonitors(peer.monHost, own.facts.monHost))
      say('own-cluster', `its peer ${peer.site} has its own monitors, ${peer.monHost}`, relink(pool))
    else if (!sameMonitors(peer.monHost, other.facts.monHost))
      say(
        'wrong-token',
        `its peer ${peer.site} is to be reached at ${peer.monHost}, and ${other.site} is at ${other.facts.monHost}: a token of another site, or an old one`,
        relink(pool),
      )
    found.push(...keyPitfalls(pool, [own, other], peer))
  }
  return found
}

function keyPitfalls(pool: string, [own, other]: Sides, { client, key, site }: Peer): Pitfall[] {
  const user = other.users[client]
  const rejected = (why: string, mend = relink(pool)) => [
    stop('peer-key', own.site, `${other.site} rejects ${client || 'a peer without a user'}: ${why}`, mend),
  ]
  if (!user) return rejected(`it has no such user, though the peer ${site} is to log in as it`)
  if (key && key.reveal() !== user.key.reveal()) return rejected('the key that is kept here is not the one it has now')
  if (!/profile rbd-mirror-peer|profile rbd\b|allow/.test(user.caps.mon ?? ''))
    return rejected(
      `it may not ask the monitors there (mon caps ${JSON.stringify(user.caps.mon ?? '')})`,
      `ceph auth caps ${client} mon 'profile rbd-mirror-peer' osd 'profile rbd' at ${other.site}`,
    )
  return []
}

/** The daemon of a site reads the keys of its peers from its own cluster, which `profile rbd` does not let it. */
function userPitfalls(pool: string, [own, other]: Sides): Pitfall[] {
  const { site, user, users, facts, receives } = own
  if (!receives || !facts.pool || facts.pool.mirroring.mode === 'disabled') return []
  const have = users[user]
  if (!have) return [stop('caps', site, `there is no user ${user} for its mirror daemons`, relink(pool))]
  const byToken = facts.pool.mirroring.peers.some(({ monHost }) => monHost !== '')
  const enough = byToken ? /profile rbd-mirror(?!-peer)|allow \*/ : /profile rbd|allow/
  if (enough.test(have.caps.mon ?? '')) return []
  return [
    stop(
      'caps',
      site,
      `${user} has the mon caps ${JSON.stringify(have.caps.mon ?? '')} and so cannot read the keys of its peers; the daemon says then that it cannot connect to ${other.site}`,
      `ceph auth caps ${user} mon 'profile rbd-mirror' osd 'profile rbd', and restart the daemons; or ${relink(pool)}`,
    ),
  ]
}
