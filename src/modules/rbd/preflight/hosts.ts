import { portsIn } from '../addresses.ts'
import { listed } from '../batch.ts'
import type { HostFacts } from './host.ts'
import { early, type Pitfall, type PreflightFacts, type SideFacts, type Sides, stop, warning } from './pitfall.ts'

/** More than that, and sums of times of two sites mean nothing. Below it, it may be that one was asked later. */
const mostSkew = 10

/** What is wrong with the hosts: daemons, what they reach, clocks, room. */
export function hostPitfalls({ pool, sides: [a, b] }: PreflightFacts): Pitfall[] {
  return [
    ...clockPitfalls([a, b]),
    ...[[a, b] as const, [b, a] as const].flatMap((both) => [
      ...both[0].hosts.flatMap((host) => onHost(both, host)),
      ...strangerPitfalls(both),
      ...daemonPitfalls(pool, both),
      ...roomPitfalls(both),
      ...blocklistPitfalls(both),
    ]),
  ]
}

function onHost([own, other]: Sides, { name, facts }: { name: string; facts: HostFacts }): Pitfall[] {
  const found: Pitfall[] = []
  if (facts.fsid !== undefined && facts.fsid !== own.facts.fsid)
    found.push(
      early(
        stop(
          'wrong-conf',
          name,
          `its configuration file names the cluster ${facts.fsid}${facts.fsid === other.facts.fsid ? ` (${other.site})` : ''}, and ${own.site} is ${own.facts.fsid}`,
          'see that it is in the right site of the inventory; if it is, remove that file from /etc/ceph and run bidirectional.ts',
        ),
      ),
    )
  if (!own.receives) return found
  if (facts.daemon !== 'active')
    found.push(
      stop(
        'daemon-down',
        name,
        `its mirror daemon is ${facts.daemon || 'not there'}; ceph health does not tell that`,
        `journalctl -u 'ceph-rbd-mirror@*' there; playbook run add-mirror-host.ts -e hosts=${name} starts it`,
      ),
    )
  if (facts.keyring?.owner !== 'ceph')
    found.push(
      stop(
        'keyring',
        name,
        facts.keyring
          ? `the keyring of its daemon belongs to ${facts.keyring.owner}, and the daemon runs as ceph`
          : 'its daemon has no keyring',
        `playbook run add-mirror-host.ts -e hosts=${name}`,
      ),
    )
  return [...found, ...reachPitfalls([own, other], name, facts), ...filesPitfalls([own, other], name, facts)]
}

/** A monitor is reached by one of its ports; an OSD has to be by each that was tried. */
function reachPitfalls([, other]: Sides, name: string, { closed }: HostFacts): Pitfall[] {
  const monitors = portsIn(other.facts.monHost)
  const mons = [...new Set(monitors.map(({ host }) => host))].filter((host) =>
    monitors.filter((port) => port.host === host).every(({ port }) => closed.includes(`${host}:${port}`)),
  )
  const osds = other.facts.cluster.osdPorts
    .map(({ host, port }) => `${host}:${port}`)
    .filter((at) => closed.includes(at))
  const mend = `let ${name} through to ${other.site}: firewall, routes; ports 3300 and 6789 of monitors, 6800-7568 of OSDs`
  return [
    ...(mons.length > 0
      ? [early(stop('unreachable', name, `monitors of ${other.site} do not answer from there: ${listed(mons)}`, mend))]
      : []),
    ...(osds.length > 0
      ? [early(stop('osd-unreachable', name, `OSDs of ${other.site} do not answer from there: ${listed(osds)}`, mend))]
      : []),
  ]
}

function filesPitfalls([own, other]: Sides, name: string, { files }: HostFacts): Pitfall[] {
  return files.flatMap(({ site, fsid, complaint }) => {
    if (fsid === other.facts.fsid) return []
    const path = `/etc/ceph/${site}.conf and its keyring`
    const mend = 'playbook run bidirectional.ts -e peers=files writes them anew'
    if (fsid === undefined)
      return [stop('peer-key', name, `with ${path}, ${other.site} is not reached: ${complaint}`, mend)]
    const kind = fsid === own.facts.fsid ? 'own-cluster' : 'wrong-token'
    return [stop(kind, name, `${path} lead to the cluster ${fsid}, and ${other.site} is ${other.facts.fsid}`, mend)]
  })
}

/** Ceph lists daemons without the `rbd-mirror.` of their users. */
const asListed = (user: string) => user.replace(/^rbd-mirror\./, '')

/** Daemons of somebody else's making: to link the sites beside them would make a second pair out of one. */
function strangerPitfalls([{ site, facts, daemons }]: Sides): Pitfall[] {
  const known = daemons.map(asListed)
  const strangers = (facts.pool?.status?.daemons ?? []).filter(
    ({ clientId }) => clientId !== '' && !known.includes(clientId),
  )
  return strangers.map(({ clientId, host }) =>
    early(
      stop(
        'by-hand',
        site,
        `a mirror daemon runs on ${host} as ${clientId} (client.${clientId} or client.rbd-mirror.${clientId}), and the inventory knows ${daemons.join(', ') || 'none'}`,
        'playbook run adopt.ts takes over a pair that was set up by hand, and says which variables the inventory needs (docs/adopt.md); one that was stopped is listed for another minute',
      ),
    ),
  )
}

/** `daemons[].health` is of the pool that was asked for: each has to be looked at. */
function daemonPitfalls(pool: string, [own]: Sides): Pitfall[] {
  const { site, facts } = own
  const found: Pitfall[] = []
  const status = facts.pool?.status
  if (own.receives && status && status.daemons.length === 0)
    found.push(stop('daemon-down', site, `no mirror daemon has registered for pool ${pool}`, `see its mirror hosts`))
  for (const { host, callouts } of status?.daemons ?? [])
    if (callouts.length > 0)
      found.push(
        warning(
          'callout',
          host,
          `its daemon says: ${callouts.join('; ')}`,
          `when the cause is mended it may still say so: systemctl restart ceph-rbd-mirror.target on ${host}`,
        ),
      )
  for (const other of facts.otherPools) {
    const callouts = other.status?.daemons.flatMap((daemon) => daemon.callouts) ?? []
    if (other.status?.daemonHealth === 'ERROR' || callouts.length > 0)
      found.push(
        warning(
          'other-pool',
          site,
          `mirroring of the pool ${other.name} is broken: ${callouts.join('; ') || other.status?.daemonHealth}`,
          `playbook run preflight.ts -e pool=${other.name}`,
        ),
      )
  }
  return found
}

/**
 * Clocks are read at the same time, and yet one host may answer later: a difference counts that all hosts agree on, by
 * the smallest that was seen.
 */
function clockPitfalls([a, b]: Sides): Pitfall[] {
  const between = a.hosts.flatMap((one) => b.hosts.map((two) => two.facts.clock - one.facts.clock))
  const seen = [b.facts.clock - a.facts.clock, ...between]
  const seconds = seen.every((skew) => Math.sign(skew) === Math.sign(seen[0] ?? 0))
    ? Math.min(...seen.map((skew) => Math.abs(skew)))
    : 0
  if (seconds < mostSkew) return []
  const way = (seen[0] ?? 0) > 0 ? 'ahead of' : 'behind'
  return [
    early(
      warning(
        'clock-skew',
        b.site,
        `its clocks are ${Math.round(seconds)} s ${way} those of ${a.site}: what is said of lags is wrong by that`,
        'let both follow one source of time (chrony, systemd-timesyncd)',
      ),
    ),
  ]
}

/** A new copy takes as much room as its image; and a full cluster takes no journal entry either. */
function roomPitfalls([{ site, facts }]: Sides): Pitfall[] {
  const { full, nearFull, checks } = facts.cluster
  const told = Object.entries(checks).map(([name, message]) => `${name}: ${message}`)
  const osds = full.map(({ name, percent }) => `${name} ${percent} %`)
  const clock = told.filter((line) => line.startsWith('MON_CLOCK_SKEW'))
  const room = told.filter((line) => !line.startsWith('MON_CLOCK_SKEW'))
  const isFull = Object.keys(checks).some((name) => /^(OSD|POOL)_FULL$/.test(name))
  return [
    ...(osds.length + room.length > 0
      ? [
          early({
            ...warning(
              'full',
              site,
              [...room, ...(osds.length > 0 ? [`fuller than ${nearFull} %: ${listed(osds)}`] : [])].join('; '),
              'make room or add OSDs before images are copied there: a new copy is as large as its image',
            ),
            stops: isFull,
          }),
        ]
      : []),
    ...clock.map((seen) => early(warning('clock-skew', site, seen, 'let its monitors follow one source of time'))),
  ]
}

/**
 * A daemon on the blocklist of either cluster cannot write there. Daemons that are gone leave entries, too, which end by
 * themselves after an hour: they matter only where a host is shut out as a whole, or its daemon is not well.
 */
function blocklistPitfalls([own, other]: Sides): Pitfall[] {
  const hosts = [own, other].flatMap((side) => side.hosts.map((host) => ({ ...host, side })))
  return Object.entries(own.facts.cluster.blocklist).flatMap(([address, until]) => {
    const host = hosts.find(({ facts }) => facts.addresses.some((ip) => address.startsWith(`${ip}:`)))
    if (!host || (!address.endsWith('/0') && isWell(host.side, host.name))) return []
    return [
      warning(
        'blocklist',
        own.site,
        `its blocklist has ${address}, of ${host.name}, until ${until}`,
        `ceph osd blocklist rm ${address}, and restart the daemon there, unless a failover has put it there just now`,
      ),
    ]
  })
}

function isWell({ facts }: SideFacts, name: string): boolean {
  const daemons = facts.pool?.status?.daemons ?? []
  return daemons.some(({ host, health }) => host === name.replace(/\..*$/, '') && health === 'OK')
}
