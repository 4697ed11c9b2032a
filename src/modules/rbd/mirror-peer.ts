import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { Secret } from '../../core/secret.ts'
import { poolName, siteName, within } from './names.ts'
import {
  amendPeer,
  direction,
  findPeer,
  notMirrored,
  type Peer,
  readMirroring,
  refuseSecondSource,
  removePeer,
  type WantedPeer,
} from './peers.ts'
import { octopus, readRelease } from './release.ts'

const args = z.strictObject({
  pool: poolName,
  site: siteName.optional().describe('name of the other site; with files, also the name of its files in /etc/ceph'),
  uuid: z.uuid().optional().describe('with state absent: the peer to remove, instead of its site'),
  state: z.enum(['present', 'absent']).default('present'),
  client: z
    .string()
    .regex(/^client\.[^@\s]+$/, 'a client is written client.NAME')
    .optional()
    .describe('user of the other cluster that daemons here log in as'),
  monHost: z
    .string()
    .default('')
    .describe(
      'monitors of the other cluster, kept in this one; default: from /etc/ceph/SITE.conf on the hosts of the daemons',
    ),
  key: z
    .instanceof(Secret)
    .optional()
    .describe(
      'key of that user, kept in this cluster; default: from /etc/ceph/SITE.client.NAME.keyring on those hosts',
    ),
  direction: direction
    .default('rx-tx')
    .describe(
      'rx-tx both ways, rx-only receive only; tx-only makes sure that nothing is received (such an entry appears by itself)',
    ),
})

type Args = z.output<typeof args>

/** The other site of a pool: a user of it, and how it is reached, by files on the daemons' hosts or by monitors and key. */
export const mirrorPeer = defineModule({
  name: 'rbd.mirrorPeer',
  description:
    'A peer of a mirrored pool, with its details in files on the daemons’ hosts or in the cluster. Finds drift in client, monitors, key and direction.',
  args,
  absent: { mirroring: notMirrored, release: octopus },

  async read({ pool }, look) {
    const [mirroring = notMirrored, release] = await Promise.all([readMirroring(look, pool), readRelease(look)])
    return { mirroring, release }
  },

  *plan(args, { mirroring: { peers }, release }) {
    if (args.state === 'absent') yield* planAbsent(args, peers)
    else if (args.direction === 'tx-only') yield* planSendOnly(args, peers)
    else yield* planPresent(args, peers, release)
  },

  output: ({ site }, { mirroring: { peers } }) =>
    site === undefined ? undefined : describePeer(findPeer(peers, site)),
})

function describePeer(peer: Peer | undefined) {
  return peer && { uuid: peer.uuid, site: peer.site, client: peer.client, direction: peer.direction }
}

function* planAbsent({ pool, site, uuid }: Args, peers: readonly Peer[]): Iterable<Change> {
  if ((site === undefined) === (uuid === undefined))
    throw new TaskFailed({ summary: 'rbd.mirrorPeer: a peer is removed by its site or by its uuid: give one of them' })
  for (const peer of peers) if (peer.site === site || peer.uuid === uuid) yield* removePeer(pool, peer)
}

function* planSendOnly({ pool, site }: Args, peers: readonly Peer[]): Iterable<Change> {
  const have = peers.find((peer) => peer.site === site)
  if (have) yield* amendPeer(pool, { site: have.site, direction: 'tx-only' }, have)
}

function* planPresent(args: Args, peers: readonly Peer[], release: number): Iterable<Change> {
  const want = wantedPeer(args, release)
  const have = findPeer(peers, want.site)
  if (have) {
    yield* amendPeer(args.pool, want, have)
    return
  }
  refuseSecondSource(args.pool, want.site, peers)
  yield addPeer(args, want, release)
}

type CompletePeer = WantedPeer & { readonly client: string }

function wantedPeer({ pool, site, client, monHost, key, direction }: Args, release: number): CompletePeer {
  if (site === undefined || client === undefined)
    throw new TaskFailed({ summary: `rbd.mirrorPeer: a peer of pool ${pool} needs "site" and "client"` })
  if ((monHost === '') !== (key === undefined))
    throw new TaskFailed({ summary: 'rbd.mirrorPeer: "monHost" and "key" belong together: give both, or none' })
  if (release >= octopus) return { site, client, monHost, direction, ...(key ? { key } : {}) }
  if (key || direction !== 'rx-tx')
    throw new TaskFailed({
      summary: `Ceph ${release} knows neither directions of a peer nor keys kept in the cluster (both came with Octopus, 15)`,
      hint: 'let the peer be found by files: leave out "monHost", "key" and "direction"',
    })
  return { site, client, direction }
}

function addPeer({ pool, monHost, key }: Args, { site, client, direction }: CompletePeer, release: number): Change {
  const reach = key ? ['--remote-mon-host', monHost, '--remote-key-file', '/dev/stdin'] : []
  const way = release >= octopus ? ['--direction', direction] : []
  const command = cmd`rbd mirror pool peer add ${pool} ${client}@${site} ${reach} ${way}`
  return change(
    `add peer ${client}@${site}`,
    within(60, key ? { ...command, stdin: key } : command),
    { from: undefined, to: direction },
    {
      hint: `if a daemon of ${site} made itself known just now (“already exists”), run it again`,
    },
  )
}
