import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd, sh } from '../../core/command.ts'
import { CommandFailed, TaskFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import { Secret } from '../../core/secret.ts'
import { doubt } from '../../core/stand-in.ts'
import { ENOENT, looking, within } from './names.ts'

/** Which way data goes, seen from the pool that has the peer: `rx` receives, `tx` is read by the peer. */
export const direction = z.enum(['rx-tx', 'rx-only', 'tx-only'])
export type Direction = z.infer<typeof direction>

export interface Peer {
  readonly uuid: string
  readonly direction: Direction
  readonly site: string
  /** `client.X`; empty for a peer that only made itself known by reading from us. */
  readonly client: string
  readonly mirrorUuid: string | undefined
  /** Monitors and key, where they are kept in the cluster instead of in files. */
  readonly monHost: string
  readonly key: Secret | undefined
}

/** `rbd mirror pool info --all`, as a value. */
export interface PoolMirroring {
  readonly mode: 'disabled' | 'pool' | 'image'
  /** What this cluster calls itself to its peers; undefined before Octopus and where mirroring is off. */
  readonly siteName: string | undefined
  readonly peers: readonly Peer[]
}

/** Before Octopus a peer has a `cluster_name`, both directions and nothing else. */
const peerSchema = z
  .object({
    uuid: z.string(),
    direction: direction.default('rx-tx'),
    site_name: z.string().optional(),
    cluster_name: z.string().optional(),
    mirror_uuid: z.string().optional(),
    client_name: z.string().default(''),
    mon_host: z.string().default(''),
    key: z.string().default(''),
  })
  .transform(
    (peer): Peer => ({
      uuid: peer.uuid,
      direction: peer.direction,
      site: peer.site_name ?? peer.cluster_name ?? '',
      client: peer.client_name,
      mirrorUuid: peer.mirror_uuid || undefined,
      monHost: peer.mon_host,
      key: peer.key === '' ? undefined : new Secret(peer.key),
    }),
  )

const poolMirroringSchema = z
  .object({
    mode: z.enum(['disabled', 'pool', 'image']),
    site_name: z.string().optional(),
    peers: z.array(peerSchema).default([]),
  })
  .transform(({ mode, site_name, peers }): PoolMirroring => ({ mode, siteName: site_name, peers }))

export const notMirrored: PoolMirroring = { mode: 'disabled', siteName: undefined, peers: [] }

/** How a pool is mirrored and who its peers are, their keys included; undefined when there is no such pool. */
export async function readMirroring(look: Look, pool: string): Promise<PoolMirroring | undefined> {
  const command = { ...looking(cmd`rbd mirror pool info ${pool} --all --format json`), sensitive: true }
  try {
    return await look.json(command, poolMirroringSchema, { absent: [ENOENT] })
  } catch (error) {
    if (!(error instanceof CommandFailed) || !knowsNoOption.test(error.result.stderr)) throw error
    // Before Nautilus peers have no attributes to be listed.
    const plain = looking(cmd`rbd mirror pool info ${pool} --format json`)
    return look.json(plain, poolMirroringSchema, { absent: [ENOENT] })
  }
}

const knowsNoOption = /unrecogni[sz]ed option/

/** What a peer has to be like. What is left out is not looked at. */
export interface WantedPeer {
  readonly site: string
  readonly direction: Direction
  readonly client?: string
  /** Empty: connection details come from `/etc/ceph/SITE.conf` on the hosts of the daemons. */
  readonly monHost?: string
  readonly key?: Secret
}

/** The entry of a site among the peers of a pool, by its name or by its fsid, which is a site's name by default. */
export function findPeer(peers: readonly Peer[], site: string, fsid?: string): Peer | undefined {
  return peers.find((peer) => peer.site === site || (fsid !== undefined && peer.site === fsid))
}

/**
 * Only one peer to receive from is supported up to Squid (tools/rbd, “multiple RX peers are not currently supported”).
 *
 * @throws TaskFailed when the pool receives from another site already.
 */
export function refuseSecondSource(pool: string, site: string, peers: readonly Peer[]): void {
  const other = peers.find((peer) => peer.direction !== 'tx-only' && peer.site !== site)
  if (other)
    throw new TaskFailed({
      summary: `pool ${pool} receives from ${other.site} already, and a pool can have only one source: ${site} cannot be added`,
      hint: `remove the other peer first: rbd mirror pool peer remove ${pool} ${other.uuid}`,
    })
}

/** The changes that turn an entry that is there into what is wanted. Daemons take them up when restarted. */
export function* amendPeer(pool: string, want: WantedPeer, have: Peer): Iterable<Change> {
  const set = (key: string, from: string, to: string): Change =>
    change(
      `${key} of peer ${want.site}`,
      within(60, cmd`rbd mirror pool peer set ${pool} ${have.uuid} ${key} ${to}`),
      { from, to },
      doubt(to),
    )
  if (have.site !== want.site) yield set('site-name', have.site, want.site)
  if (want.client !== undefined && have.client !== want.client) yield set('client', have.client, want.client)
  if (want.monHost !== undefined && !sameMonitors(want.monHost, have.monHost))
    yield set('mon-host', have.monHost, want.monHost)
  if (want.key && have.key?.reveal() !== want.key.reveal())
    yield change(
      `key of peer ${want.site}`,
      {
        ...cmd`rbd mirror pool peer set ${pool} ${have.uuid} key-file /dev/stdin`,
        stdin: want.key,
        timeout: 60,
      },
      undefined,
      doubt(want.key.reveal()),
    )
  // A key that is left behind would be used with the files' user.
  else if (want.monHost === '' && have.key)
    yield change(
      `forget the key of peer ${want.site}`,
      within(60, cmd`rbd mirror pool peer set ${pool} ${have.uuid} key-file /dev/null`),
    )
  if (have.direction !== want.direction) yield set('direction', have.direction, want.direction)
}

/** Takes an entry away, and looks whether it is gone: removing one that never was ends with 0 as well. */
export function* removePeer(pool: string, { uuid, site }: Peer): Iterable<Change> {
  const display = `rbd mirror pool peer remove ${pool} ${uuid}`
  yield change(`remove peer ${site} (${uuid})`, within(120, { ...sh(removeOne, pool, uuid), display }))
  yield change(
    `see that peer ${site} is gone`,
    { ...sh(peerIsGone, pool, uuid), display: `rbd mirror pool info ${pool}`, timeout: 60 },
    undefined,
    { counts: false, hint: `a daemon of ${site} may have come back in the meantime: run it again` },
  )
}

/**
 * Where copies by snapshots have been primary once, it ends with 30 (EROFS), since their old snapshots cannot be rid of the
 * peer; the entry is gone then all the same (seen on 16.2.15).
 */
const removeOne = `said=$(rbd mirror pool peer remove "$1" "$2" 2>&1) && exit 0
code=$?
[ $code = 30 ] && exit 0
printf '%s\\n' "$said" >&2
exit $code`

const peerIsGone = `set -e
peers=$(rbd mirror pool info "$1" --format json)
case $peers in *"$2"*) echo "peer $2 is still there" >&2; exit 1 ;; esac`

/** Whether two lists of monitors name the same addresses, whatever their notation, order, ports and protocols. */
export function sameMonitors(a: string, b: string): boolean {
  return [...addresses(a)].sort().join() === [...addresses(b)].sort().join()
}

/** Whether two lists of monitors have one in common: either then leads to the other's cluster. */
export function sharesMonitor(a: string, b: string): boolean {
  const others = addresses(b)
  return [...addresses(a)].some((address) => others.has(address))
}

/** `[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]`, `10.0.0.1:6789`, `[fd00::1]:6789`, `mon-a,mon-b`: the hosts in it. */
function addresses(list: string): Set<string> {
  const plain = list.replaceAll(/\bv[12]:/g, '')
  const hosts = plain.match(/\[[0-9a-fA-F]*:[0-9a-fA-F:.]+\]|[\w.-]+(?=[:/,\s\]]|$)/g) ?? []
  return new Set(hosts.filter((host) => !/^\d+$/.test(host)))
}
