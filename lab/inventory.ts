import { rename, writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { labFiles } from './paths.ts'
import { addressIn, type Cidr } from './subnet.ts'
import { groupsOf, hostsOf, type Topology } from './topology.ts'

/** Settings with which one host can be a whole Ceph cluster, in few gigabytes of disk and memory. */
const smallCluster = {
  global: {
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 8,
    'osd pool default pgp num': 8,
    'osd crush chooseleaf type': 0,
    'mon allow pool size one': true,
    'mon warn on pool no redundancy': false,
    // The disk is this machine's, and how full that is is not the lab's business.
    'mon data avail warn': 5,
    // All clients are of one release, so none needs what CVE-2021-20288 is about.
    'auth allow insecure global id reclaim': false,
  },
  osd: {
    'bluestore block size': 10_737_418_240,
    'osd memory target': 939_524_096,
  },
}

const heading = (
  lab: string,
) => `# The lab "${lab}", as \`playbook lab up\` makes it. An inventory of your own looks the same:
# one group a site, and ceph-ansible's groups for what a host does.
`

/** The inventory of a lab, in Ansible's YAML form. */
export function inventoryYaml(lab: string, subnet: Cidr, topology: Topology): string {
  const { privateKey, knownHosts } = labFiles(lab)
  const hosts = hostsOf(topology)
  const sites = topology.sites.map((site) => {
    const addresses = site.hosts.map(({ name, octet }) => [name, { ansible_host: addressIn(subnet, octet) }] as const)
    return [site.name, { vars: { site: site.name }, hosts: Object.fromEntries(addresses) }] as const
  })
  const groups = groupsOf(topology).map((group) => {
    const members = hosts.filter((host) => host.groups.includes(group)).map(({ name }) => [name, {}] as const)
    return [group, { hosts: Object.fromEntries(members) }] as const
  })
  const inventory = {
    all: {
      vars: {
        ansible_user: 'root',
        ansible_ssh_private_key_file: privateKey,
        ansible_ssh_known_hosts_file: knownHosts,
        public_network: subnet,
        osd_files: 1,
        ceph_conf_overrides: smallCluster,
      },
      children: Object.fromEntries([...sites, ...groups]),
    },
  }
  return heading(lab) + stringify(inventory, { lineWidth: 0 })
}

export async function writeInventory(lab: string, subnet: Cidr, topology: Topology): Promise<void> {
  const { inventory } = labFiles(lab)
  await writeFile(`${inventory}.new`, inventoryYaml(lab, subnet, topology))
  await rename(`${inventory}.new`, inventory)
}
