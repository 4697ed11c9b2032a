import { join } from 'node:path'

/** Trees and packages that every lab shares; safe to remove when no lab is up. */
export function cacheRoot(): string {
  return process.env.CEPH_PLAYBOOK_CACHE || '/var/cache/ceph-playbook'
}

/** What labs own: disks, keys, process records. */
export function stateRoot(): string {
  return process.env.CEPH_PLAYBOOK_STATE || '/var/lib/ceph-playbook'
}

export const labsRoot = () => join(stateRoot(), 'labs')
export const labDir = (lab: string) => join(labsRoot(), lab)
export const hostsDir = (lab: string) => join(labDir(lab), 'hosts')
export const hostDir = (lab: string, host: string) => join(hostsDir(lab), host)

/** Files of a lab that its users need. */
export const labFiles = (lab: string) => ({
  state: join(labDir(lab), 'lab.json'),
  inventory: join(labDir(lab), 'inventory.yml'),
  privateKey: join(labDir(lab), 'id_ed25519'),
  publicKey: join(labDir(lab), 'id_ed25519.pub'),
  knownHosts: join(labDir(lab), 'known_hosts'),
  operatorPassword: join(labDir(lab), 'operator-password'),
})
