import { z } from 'zod'
import { change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { Secret } from '../../core/secret.ts'
import { secretStandIn, standIn } from '../../core/stand-in.ts'
import { ceph } from '../ceph/client.ts'
import { readMonitors } from './monitors.ts'
import { ENOENT, poolName, siteName, within } from './names.ts'
import { encodeToken } from './token.ts'

const peerUser = 'rbd-mirror-peer'

const authSchema = z.array(z.object({ key: z.string(), caps: z.record(z.string(), z.string()).default({}) }))
type User = { readonly key: Secret; readonly caps: Readonly<Record<string, string>> }

/** As Ceph's own bootstrap makes them (librbd, `api/Mirror.cc`). */
const peerCaps = { mon: 'profile rbd-mirror-peer', osd: 'profile rbd' }

export interface MirrorTokenOutput {
  readonly fsid: string
  readonly site: string
  readonly token: Secret
}

/** The bootstrap token of a site: what `rbd.mirrorBootstrap` on the other site needs. Reading it changes nothing. */
export const mirrorToken = defineModule({
  name: 'rbd.mirrorToken',
  description:
    'The bootstrap token of a site, as a secret output for rbd.mirrorBootstrap on the other; makes the user that the other site logs in as. Octopus and later.',
  args: z.strictObject({
    pool: poolName.describe('a pool with mirroring enabled; the token serves for all pools of the cluster'),
    siteName: siteName.describe('what this site calls itself'),
  }),
  absent: { user: undefined as User | undefined, fsid: '', monHost: '' },

  async read(_, look) {
    const get = { ...ceph`auth get client.${peerUser} --format json`, sensitive: true }
    const [users, monitors] = await Promise.all([look.json(get, authSchema, { absent: [ENOENT] }), readMonitors(look)])
    const [user] = users ?? []
    return { user: user && { key: new Secret(user.key), caps: user.caps }, ...monitors }
  },

  *plan({ pool, siteName }, { user }) {
    if (!user)
      yield change(`create client.${peerUser}, which the other site logs in as`, {
        ...within(60, cmd`rbd mirror pool peer bootstrap create --site-name ${siteName} ${pool}`),
        sensitive: true,
      })
    else if (user.caps.mon !== peerCaps.mon || user.caps.osd !== peerCaps.osd)
      yield change(
        `caps of client.${peerUser}`,
        ceph`auth caps client.${peerUser} mon ${peerCaps.mon} osd ${peerCaps.osd}`,
        { from: user.caps, to: peerCaps },
      )
  },

  output: ({ siteName }, { user, fsid, monHost }): MirrorTokenOutput | undefined =>
    user && {
      fsid,
      site: siteName,
      token: encodeToken({ fsid, client: peerUser, key: user.key, monHost }),
    },
  foresee: ({ siteName }, { fsid, monHost }) => ({
    fsid: fsid || standIn(`the fsid of ${siteName}`),
    site: siteName,
    token: encodeToken({
      fsid: fsid || standIn(`the fsid of ${siteName}`),
      client: peerUser,
      key: secretStandIn(`the key of client.${peerUser}`),
      monHost: monHost || standIn(`the monitors of ${siteName}`),
    }),
  }),
})
