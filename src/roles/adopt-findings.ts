import type { FoundSite } from '../modules/rbd/found-site.ts'
import {
  daemonNamesOf,
  daemonOf,
  directionOf,
  type FoundHost,
  type FoundPair,
  otherSite,
  receives,
  siteNamesOf,
  sourceOf,
  staleEntries,
  styleOf,
} from './found-pair.ts'
import { daemonFiles, mirrorUnit, peerFiles } from './mirror-names.ts'
import { mirrorCaps } from './mirrored-pool.ts'

/** Something that is to be changed: what was seen where, what it becomes, and why. */
export interface Finding {
  /** A site or a host. */
  readonly where: string
  readonly seen: string
  readonly becomes: string
  readonly why: string
}

export function describeFinding({ where, seen, becomes, why }: Finding): string {
  return `${where}: ${seen} → ${becomes}, since ${why}`
}

/** Why a pair cannot be taken over, in sentences that say what to do; none when it can. */
export function refusals(pair: FoundPair, pool: string): string[] {
  const [a, b] = pair.sites
  const sources = pair.sites.filter((site) => sourceOf(pair, site))
  if (sources.length === 0)
    return [`neither ${a} nor ${b} has a peer in pool ${pool}: there is nothing to adopt; bidirectional.ts links them`]
  const kept = new Set(sources.map((site) => sourceOf(pair, site)?.kept))
  return [
    ...(kept.size > 1
      ? [
          `${a} and ${b} keep their peers in two ways (in files here, in the cluster there): remove one peer and run it again with -e ways=both`,
        ]
      : []),
    ...pair.hosts.flatMap((host) => foreignPeer(pair, host)),
  ]
}

/** The file behind a peer's name decides which cluster is copied from. */
function foreignPeer(pair: FoundPair, { name, site, found }: FoundHost): string[] {
  const other = otherSite(pair, site)
  const { conf: path } = peerFiles(siteNamesOf(pair, other))
  const conf = found.confs.find((candidate) => candidate.path === path)
  const wanted = pair.found[other]?.fsid
  if (sourceOf(pair, site)?.kept !== 'files' || !conf || conf.fsid === '' || conf.fsid === wanted) return []
  return [
    `${name}: ${path} leads to the cluster ${conf.fsid}, and ${other} of the inventory is ${wanted}: see which of them is the other site`,
  ]
}

/** All that adopting changes, in the order in which it is done. */
export function findings(pair: FoundPair): Finding[] {
  return [
    ...pair.sites.flatMap((site) => siteFindings(pair, site)),
    ...pair.sites.flatMap((site) => peerFindings(pair, site)),
    ...pair.hosts.flatMap((host) => hostFindings(pair, host)),
    ...pair.sites.flatMap((site) => staleFindings(pair, site)),
  ]
}

function siteFindings(pair: FoundPair, site: string): Finding[] {
  const have = pair.found[site]
  if (!have) return []
  const names = siteNamesOf(pair, site)
  const renamed = have.siteName !== undefined && have.siteName !== names.name
  const users = [
    names.user,
    ...pair.hosts.flatMap((host) => (host.site === site ? daemonNamesOf(pair, host).user : [])),
  ]
  return [
    ...(have.forRbd === false
      ? [{ where: site, seen: 'pool without application', becomes: 'application rbd', why: 'ceph health complains' }]
      : []),
    ...(renamed
      ? [
          {
            where: site,
            seen: `the cluster calls itself ${have.siteName}`,
            becomes: names.name,
            why: `its peer knows it by that name, and cannot tell whose reports it gets: its status stays at WARNING`,
          },
        ]
      : []),
    ...[...new Set(users)].flatMap((user) => capsFinding(site, user, have)),
  ]
}

function capsFinding(site: string, user: string, { users, release }: FoundSite): Finding[] {
  const have = users[`client.${user}`]
  const want = mirrorCaps(release)
  if (have?.mon === want.mon && have.osd === want.osd && Object.keys(have).length === 2) return []
  const words = (caps: Readonly<Record<string, string>>) =>
    Object.entries(caps)
      .map(([type, cap]) => `${type} '${cap}'`)
      .join(' ')
  return [
    {
      where: site,
      seen: have ? `client.${user} has ${words(have)}` : `there is no user client.${user}`,
      becomes: words(want),
      why: 'its daemons must read the name of their site, and the keys of peers, from the cluster',
    },
  ]
}

function peerFindings(pair: FoundPair, site: string): Finding[] {
  const entry = sourceOf(pair, site)
  const other = siteNamesOf(pair, otherSite(pair, site))
  const wanted = directionOf(pair, site)
  if (!entry)
    return wanted === 'tx-only'
      ? []
      : [
          {
            where: site,
            seen: 'it receives nothing',
            becomes: `peer client.${other.user}@${other.name} (${wanted})`,
            why: 'ways=both was asked for',
          },
        ]
  if (entry.direction === wanted) return []
  return [
    {
      where: site,
      seen: `peer ${entry.site} is ${entry.direction}`,
      becomes: wanted,
      why:
        wanted === 'rx-only'
          ? `${otherSite(pair, site)} does not receive: its status waits for reports that never come (ways=both makes it receive)`
          : 'both sites are to receive',
    },
  ]
}

function hostFindings(pair: FoundPair, host: FoundHost): Finding[] {
  const names = daemonNamesOf(pair, host)
  const unit = mirrorUnit(names)
  const daemon = daemonOf(host)
  const own = daemonFiles(names)
  const peer = peerFiles(siteNamesOf(pair, otherSite(pair, host.site)))
  const inFiles = styleOf(pair) === 'files' && receives(pair, host.site)
  const at = (seen: string, becomes: string, why: string): Finding => ({ where: host.name, seen, becomes, why })
  const changed = siteFindings(pair, host.site).some(({ seen }) => /calls itself|has mon|no user/.test(seen))
  const stale = staleEntries(pair, otherSite(pair, host.site)).length > 0
  return [
    ...(inFiles ? [own, peer] : [own]).flatMap((files) => fileFindings(pair, host, names.keepsConf, files, at)),
    ...(host.found.targetEnabled
      ? []
      : [at('ceph-rbd-mirror.target is not enabled', 'enabled', 'mirroring would end with the next boot')]),
    ...(daemon?.enabled ? [] : [at(`${unit} is not enabled`, 'enabled', 'mirroring would end with the next boot')]),
    ...(daemon?.running ? [] : [at(`${unit} does not run`, 'started', 'every mirror host shares the work')]),
    ...(daemon?.running && (changed || stale)
      ? [
          at(
            `${unit} goes by what it read at its start`,
            'restarted, one host after the other',
            'it reads that only then',
          ),
        ]
      : []),
  ]
}

type At = (seen: string, becomes: string, why: string) => Finding

function fileFindings(
  { sites, hosts }: FoundPair,
  { site, found }: FoundHost,
  keepsConf: boolean,
  { conf: confPath, keyring: keyringPath }: { conf: string; keyring: string },
  at: At,
): Finding[] {
  const conf = found.confs.find(({ path }) => path === confPath)
  const keyring = found.keyrings.find(({ path }) => path === keyringPath)
  const known = sites.map((name) => hosts.find((host) => host.site === name)?.confSha256)
  const rewritten = !keepsConf && !(conf && known.includes(conf.sha256))
  const closed = keyring?.owner === 'ceph' && keyring.mode === '0600'
  return [
    ...(rewritten
      ? [at(`${confPath} ${conf ? 'leads elsewhere' : 'is missing'}`, 'written', `a daemon of ${site} reads it`)]
      : []),
    ...(keyring ? [] : [at(`${keyringPath} is missing`, 'written', `a daemon of ${site} reads it`)]),
    ...(keyring && !closed
      ? [
          at(
            `${keyringPath} is ${keyring.owner}'s with mode ${keyring.mode}`,
            "ceph's with mode 0600",
            /[4-7]$/.test(keyring.mode)
              ? 'everybody on the host can read the key'
              : 'it must be readable for the daemon, and nobody else',
          ),
        ]
      : []),
  ]
}

function staleFindings(pair: FoundPair, site: string): Finding[] {
  return staleEntries(pair, site).map((entry) => ({
    where: site,
    seen: `entry ${entry.site} among the peers`,
    becomes: 'removed once the daemons tell their site’s name',
    why: `it is ${siteNamesOf(pair, otherSite(pair, site)).name} under its fsid`,
  }))
}
