import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { Secret } from '../../core/secret.ts'
import { readMonitors } from './monitors.ts'
import { poolName, siteName, within } from './names.ts'
import { amendPeer, findPeer, notMirrored, type Peer, readMirroring, refuseSecondSource } from './peers.ts'
import { decodeToken, type Token } from './token.ts'

/** Links a pool to the other site's with that site's token: one call links both sites unless it is `rx-only`. */
export const mirrorBootstrap = defineModule({
  name: 'rbd.mirrorBootstrap',
  description:
    'Links a pool to that of another site with a bootstrap token of that site (rbd.mirrorToken). Octopus and later. Finds drift in client, monitors, key and direction.',
  args: z.strictObject({
    pool: poolName,
    siteName: siteName.describe('what this site calls itself'),
    remoteSite: siteName.describe('what the other site calls itself'),
    token: z.instanceof(Secret).describe('bootstrap token of the other site'),
    direction: z
      .enum(['rx-tx', 'rx-only'])
      .default('rx-tx')
      .describe('rx-tx mirrors both ways and makes the peer on the other site too; rx-only receives only'),
    linkedFromThere: z
      .boolean()
      .default(false)
      .describe('the other site was linked in both directions by the same run, which links this one too'),
  }),
  absent: { mirroring: notMirrored, fsid: '' },

  async read({ pool }, look) {
    const [mirroring = notMirrored, { fsid }] = await Promise.all([readMirroring(look, pool), readMonitors(look)])
    return { mirroring, fsid }
  },

  *plan({ pool, siteName, remoteSite, token, direction, linkedFromThere }, { mirroring: { peers }, fsid }) {
    const remote = decodeToken(token)
    refuseSelf({ pool, siteName, remoteSite, fsid, remote })
    const have = findPeer(peers, remoteSite, remote.fsid)
    if (have) {
      const want = { site: remoteSite, direction, client: `client.${remote.client}`, ...remoteAccess(remote) }
      yield* amendPeer(pool, want, have)
      return
    }
    refuseSecondSource(pool, remoteSite, peers)
    const link = importToken({ pool, siteName, remoteSite, token, direction })
    yield linkedFromThere ? { ...link, maybe: `linking ${remoteSite} to this site links this one too` } : link
  },

  output: ({ remoteSite, token }, { mirroring: { peers } }) =>
    linkOf(findPeer(peers, remoteSite, decodeToken(token).fsid)),
})

function linkOf(peer: Peer | undefined) {
  return peer && { uuid: peer.uuid, site: peer.site, client: peer.client, direction: peer.direction }
}

function remoteAccess({ monHost, key }: Token) {
  return { monHost, key }
}

interface Sides {
  readonly pool: string
  readonly siteName: string
  readonly remoteSite: string
  readonly fsid: string
  readonly remote: Token
}

/** Ceph refuses both too, but only after it has changed this site's name. */
function refuseSelf({ pool, siteName, remoteSite, fsid, remote }: Sides): void {
  if (remote.fsid === fsid)
    throw new TaskFailed({
      summary: `pool ${pool}: the token comes from this very cluster (fsid ${fsid}): a site cannot mirror to itself`,
      hint: 'see that the two sites of the inventory are two clusters',
    })
  if (siteName === remoteSite)
    throw new TaskFailed({
      summary: `pool ${pool}: both sites are called ${siteName}`,
      hint: 'give each site a name of its own: the variable "site" in the inventory',
    })
}

interface Import {
  readonly pool: string
  readonly siteName: string
  readonly remoteSite: string
  readonly token: Secret
  readonly direction: 'rx-tx' | 'rx-only'
}

function importToken({ pool, siteName, remoteSite, token, direction }: Import): Change {
  return change(
    `link ${pool} to ${remoteSite} (${direction})`,
    within(120, {
      ...cmd`rbd mirror pool peer bootstrap import --site-name ${siteName} --direction ${direction} ${pool} -`,
      stdin: token,
      sensitive: true,
    }),
    { from: undefined, to: direction },
    {
      hint: `see that ${remoteSite} has a pool ${pool} with mirroring enabled, and that its monitors can be reached from here`,
    },
  )
}
