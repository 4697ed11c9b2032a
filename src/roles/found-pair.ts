import type { FoundConf, FoundDaemon, FoundDaemons } from '../modules/rbd/found-daemons.ts'
import type { FoundPeer, FoundSite } from '../modules/rbd/found-site.ts'
import { type Direction, sharesMonitor } from '../modules/rbd/peers.ts'
import { type DaemonNames, daemonFiles, peerFiles, type SiteNames } from './mirror-names.ts'
import type { PeerStyle } from './peer-link.ts'

/** A pair of sites as it was found, whoever set it up. Pure: what it means is in the functions below. */
export interface FoundPair {
  readonly sites: readonly [string, string]
  readonly found: Readonly<Record<string, FoundSite>>
  readonly hosts: readonly FoundHost[]
  /** Names that the inventory has for each site, where nothing else tells. */
  readonly inventory: Readonly<Record<string, SiteNames>>
  /** `found`: as they are; `both`: each site is to receive from the other. */
  readonly ways: 'found' | 'both'
}

export interface FoundHost {
  readonly name: string
  readonly site: string
  readonly found: FoundDaemons
  /** The text of the site's ceph.conf has this checksum. */
  readonly confSha256: string
}

export function otherSite({ sites: [a, b] }: FoundPair, site: string): string {
  return site === a ? b : a
}

/** The entry by which a site receives; those without a client only made themselves known. */
export function sourceOf(pair: FoundPair, site: string): FoundPeer | undefined {
  return pair.found[site]?.peers.find(({ client }) => client !== '')
}

/** Where the peers are kept: as the entries that are there have it. */
export function styleOf(pair: FoundPair): PeerStyle {
  return pair.sites.some((site) => sourceOf(pair, site)?.kept === 'cluster') ? 'token' : 'files'
}

/** Whether a site is to receive from the other. */
export function receives(pair: FoundPair, site: string): boolean {
  return pair.ways === 'both' || sourceOf(pair, site) !== undefined
}

export function directionOf(pair: FoundPair, site: string): Direction {
  if (!receives(pair, site)) return 'tx-only'
  return receives(pair, otherSite(pair, site)) ? 'rx-tx' : 'rx-only'
}

/** A name that nobody gave: a cluster that has none calls itself by its fsid. */
function givenName(name: string | undefined, fsid: string | undefined): string | undefined {
  return name === fsid ? undefined : name
}

/** What a site is called: with files, what the other's files are called; else what it calls itself. */
export function siteNamesOf(pair: FoundPair, site: string): SiteNames {
  const { fsid, siteName } = pair.found[site] ?? {}
  const entry = sourceOf(pair, otherSite(pair, site))
  const user = entry?.kept === 'files' ? entry.client.replace(/^client\./, '') : usersOf(pair, site)[0]
  const fallback = pair.inventory[site] ?? { name: site, user: `rbd-mirror.${site}` }
  return {
    name: givenName(entry?.site, fsid) ?? givenName(siteName, fsid) ?? fallback.name,
    user: user ?? fallback.user,
  }
}

/** Users of the daemons of a site, those of most hosts first. */
function usersOf(pair: FoundPair, site: string): string[] {
  const users = pair.hosts.flatMap((host) => (host.site === site ? (daemonOf(host)?.user ?? []) : []))
  const count = (user: string) => users.filter((other) => other === user).length
  return [...new Set(users)].sort((a, b) => count(b) - count(a))
}

/** The daemon of a host that is taken over: the first that runs, else the first that is to. */
export function daemonOf({ found: { daemons } }: Pick<FoundHost, 'found'>): FoundDaemon | undefined {
  return daemons.find(({ running }) => running) ?? daemons.find(({ enabled }) => enabled) ?? daemons[0]
}

export function daemonNamesOf(pair: FoundPair, host: FoundHost): DaemonNames {
  const sibling = pair.hosts.find((other) => other.site === host.site && daemonOf(other) !== undefined)
  const names = daemonOf(host) ?? {
    user: siteNamesOf(pair, host.site).user,
    cluster: (sibling && daemonOf(sibling)?.cluster) ?? 'ceph',
  }
  return { user: names.user, cluster: names.cluster, keepsConf: keepsConf(pair, host, names) }
}

/**
 * Whether the configuration files of a host are others than we would write, and right: each leads to its cluster. They
 * are somebody's work then, and stay.
 */
function keepsConf(pair: FoundPair, host: FoundHost, names: Pick<DaemonNames, 'user' | 'cluster'>): boolean {
  const other = otherSite(pair, host.site)
  const wanted = [{ site: host.site, path: daemonFiles(names).conf }]
  if (styleOf(pair) === 'files' && receives(pair, host.site))
    wanted.push({ site: other, path: peerFiles(siteNamesOf(pair, other)).conf })
  const files = wanted.map(({ site, path }) => ({ site, conf: host.found.confs.find((conf) => conf.path === path) }))
  const right = files.every(({ site, conf }) => conf && leadsTo(conf, pair.found[site]))
  return right && files.some(({ site, conf }) => conf?.sha256 !== confOf(pair, site))
}

function confOf({ hosts }: FoundPair, site: string): string | undefined {
  return hosts.find((host) => host.site === site)?.confSha256
}

/** A list that lacks a monitor still leads there. */
function leadsTo({ fsid, monHost }: FoundConf, site: FoundSite | undefined): boolean {
  return site !== undefined && (fsid === '' || fsid === site.fsid) && sharesMonitor(monHost, site.monHost)
}

/** Entries named by a cluster's fsid, made by daemons that could not read the name of their site. */
export function staleEntries(pair: FoundPair, site: string): readonly FoundPeer[] {
  const fsid = pair.found[otherSite(pair, site)]?.fsid
  return (pair.found[site]?.peers ?? []).filter((peer) => peer.client === '' && peer.site === fsid)
}
