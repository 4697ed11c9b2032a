import { z } from 'zod'
import { type Host, hostVar } from '../core/host.ts'
import type { TaskContext } from '../core/task.ts'
import { siteOf } from './ceph-hosts.ts'
import { adminOf } from './mirror-site.ts'

/** What a site is called in mirroring. */
export interface SiteNames {
  /** What its peers call it; with peers in files, also the name of those files: `NAME.conf`. */
  readonly name: string
  /** Without its `client.`: the user of its daemons, and with peers in files that of the other site's here. */
  readonly user: string
}

/** What the daemon of a host is called. */
export interface DaemonNames {
  /** Without its `client.`. */
  readonly user: string
  /** Its files are `/etc/ceph/CLUSTER.conf` and `/etc/ceph/CLUSTER.client.USER.keyring`. */
  readonly cluster: string
  /** Its configuration files are somebody else's: they are left as they are. */
  readonly keepsConf: boolean
}

/** How things are called, which differs where it was not our playbooks that named them. */
export interface MirrorNames {
  site(context: TaskContext, site: string): SiteNames
  /** Of the context's host. */
  daemon(context: TaskContext): DaemonNames
}

const user = z.string().regex(/^(?!client\.)[\w.-]+$/, 'a user without its "client." is expected: rbd-mirror.east')
const word = z.string().regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-" are expected')

/**
 * Names as the inventory has them, all optional: `mirror_site_name` (default: the site), `mirror_user`
 * (`rbd-mirror.SITE`; may differ from host to host), `mirror_cluster` (`ceph`), `mirror_conf: keep`.
 */
export const namesInInventory: MirrorNames = {
  site: (context, site) => {
    const host = adminOf(context, site)
    return { name: optional(host, 'mirror_site_name', word) ?? site, user: userOf(host, site) }
  },
  daemon: ({ host }) => ({
    user: userOf(host, siteOf(host)),
    cluster: optional(host, 'mirror_cluster', word) ?? 'ceph',
    keepsConf: optional(host, 'mirror_conf', z.literal('keep')) === 'keep',
  }),
}

/** The name that a site's mirror daemons share, as in `ceph-rbd-mirror@rbd-mirror.NAME`. */
export function mirrorUser(site: string): string {
  return `rbd-mirror.${site}`
}

/** The unit of a user's daemon. */
export function mirrorUnit({ user }: Pick<DaemonNames, 'user'>): string {
  return `ceph-rbd-mirror@${user}`
}

export interface ClusterFiles {
  readonly conf: string
  readonly keyring: string
}

/** Where a daemon looks for its own site. */
export function daemonFiles({ user, cluster }: Pick<DaemonNames, 'user' | 'cluster'>): ClusterFiles {
  return { conf: `/etc/ceph/${cluster}.conf`, keyring: `/etc/ceph/${cluster}.client.${user}.keyring` }
}

/** Where a daemon looks for the other site, if that is kept in files. */
export function peerFiles({ user, name }: SiteNames): ClusterFiles {
  return daemonFiles({ user, cluster: name })
}

function userOf(host: Host, site: string): string {
  return optional(host, 'mirror_user', user) ?? mirrorUser(site)
}

function optional<T>(host: Host, name: string, schema: z.ZodType<T>): T | undefined {
  return hostVar(host, name, schema.optional())
}
