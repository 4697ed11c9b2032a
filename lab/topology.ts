/** How a host looks to whoever logs in: `debian` has apt, `el` has yum, dnf and rpm. */
export type Flavour = 'debian' | 'el'

export interface HostSpec {
  readonly name: string
  /** Last octet of its address in the lab's /24 network; 1 is the controller's. */
  readonly octet: number
  /** Inventory groups, in ceph-ansible's names. */
  readonly groups: readonly string[]
}

export interface SiteSpec {
  readonly name: string
  readonly flavour: Flavour
  readonly hosts: readonly HostSpec[]
}

export interface Topology {
  readonly sites: readonly SiteSpec[]
}

/** One host with what its site says of it. */
export interface LabHost extends HostSpec {
  readonly site: string
  readonly flavour: Flavour
}

const storage = ['mons', 'mgrs', 'osds', 'clients']
const mirror = ['rbdmirrors', 'clients']

/** The lab: what stands where. Everything else in this folder is how. */
export const topology: Topology = {
  sites: [
    {
      name: 'east',
      flavour: 'debian',
      hosts: [
        { name: 'east-storage-1', octet: 11, groups: storage },
        { name: 'east-mirror-1', octet: 12, groups: mirror },
        { name: 'east-mirror-2', octet: 13, groups: mirror },
      ],
    },
    {
      name: 'west',
      flavour: 'el',
      hosts: [
        { name: 'west-storage-1', octet: 21, groups: storage },
        { name: 'west-mirror-1', octet: 22, groups: mirror },
        { name: 'west-mirror-2', octet: 23, groups: mirror },
      ],
    },
  ],
}

/** Every host of a topology, in the order it is declared. */
export function hostsOf({ sites }: Topology): LabHost[] {
  return sites.flatMap(({ name: site, flavour, hosts }) => hosts.map((host) => ({ ...host, site, flavour })))
}

/** The inventory groups of a topology, in the order they first appear. */
export function groupsOf(sites: Topology): string[] {
  return [...new Set(hostsOf(sites).flatMap(({ groups }) => groups))]
}

/** A topology with only the hosts that `keep` accepts; a site without hosts is left out. */
export function filterHosts({ sites }: Topology, keep: (host: LabHost) => boolean): Topology {
  const kept = sites.map((site) => ({
    ...site,
    hosts: site.hosts.filter((host) => keep({ ...host, site: site.name, flavour: site.flavour })),
  }))
  return { sites: kept.filter(({ hosts }) => hosts.length > 0) }
}
