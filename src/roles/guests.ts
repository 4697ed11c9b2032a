import type { TaskItem } from '../core/block.ts'
import { sha256 } from '../core/files.ts'
import { type TaskContext, task } from '../core/task.ts'
import { auth } from '../modules/ceph/auth.ts'
import { domain } from '../modules/libvirt/domain.ts'
import { secret } from '../modules/libvirt/secret.ts'
import { escapeXml } from '../modules/libvirt/virsh.ts'
import { portsIn } from '../modules/rbd/addresses.ts'
import { site as lookAtSite } from '../modules/rbd/site.ts'
import type { GuestHooks, ImagesOf } from './dr-hooks.ts'
import { adminOf } from './mirror-site.ts'

/** A guest of libvirt whose disks are images of a mirrored pool. */
export interface Guest {
  readonly name: string
  /** The host of the inventory on which it is to run, by site. */
  readonly hosts: Readonly<Record<string, string>>
  /** Images of the pool; the first is `vda`. */
  readonly disks: readonly string[]
  /** MiB. Default 1024. */
  readonly memory?: number
  /** Default 1. */
  readonly cpus?: number
  /** `kvm` (default), or `qemu` where the host has no /dev/kvm. */
  readonly type?: 'kvm' | 'qemu'
  /** XML inside `<devices>` besides the disks: networks, consoles. */
  readonly devices?: string
  /** The XML of `<os>`. Default: a PC that boots from its first disk. */
  readonly os?: string
  /** All of its XML, for what does not fit here: given the XML of its disks at the site where it is to run. */
  readonly xml?: (disks: string) => string
}

export interface LibvirtGuestsOptions {
  readonly pool: string
  readonly guests: readonly Guest[]
  /** The user of Ceph that guests log in as; made at each site with rights for this pool alone. Default `libvirt`. */
  readonly user?: string
  /** Seconds that a guest gets to shut down by itself. Default 60. */
  readonly grace?: number
  /** Hosts with libvirt at a site. Default: those of the group `hypervisors`. */
  readonly hypervisors?: (site: string) => string
}

/**
 * Hooks for a failover: guests are stopped at one site, defined and started at the other with their disks on its cluster,
 * and forgotten where they were lost. They do not start when a host boots: which site they belong to is decided by who
 * is primary, and not by which host comes up first.
 */
export function libvirtGuests(options: LibvirtGuestsOptions): GuestHooks {
  const { guests, grace = 60, hypervisors = (site) => `${site}:&hypervisors` } = options
  const uses = (guest: Guest, images: ImagesOf) => (context: TaskContext) => {
    const names = images(context)
    return guest.disks.every((disk) => names.includes(disk))
  }
  return {
    hosts: hypervisors,
    startGuests: (site, images) => startGuests(options, site, uses, images),
    stopGuests: (_, images) =>
      guests.map((guest) =>
        task(`Stop ${guest.name}`, domain({ name: guest.name, state: 'shutoff', autostart: false, grace }), {
          when: uses(guest, images),
          // A hypervisor that is lost with its site: whether a guest still has its images open is looked at afterwards.
          ignoreUnreachable: true,
        }),
      ),
    forgetGuests: (_, images) =>
      guests.map((guest) =>
        task(`Forget ${guest.name}`, domain({ name: guest.name, state: 'undefined', grace: 0 }), {
          when: uses(guest, images),
        }),
      ),
  }
}

type Uses = (guest: Guest, images: ImagesOf) => (context: TaskContext) => boolean

function startGuests(
  { pool, guests, user = 'libvirt' }: LibvirtGuestsOptions,
  site: string,
  uses: Uses,
  images: ImagesOf,
): readonly TaskItem[] {
  const admin = { delegateTo: (context: TaskContext) => adminOf(context, site).name, runOnce: true }
  const cluster = task(`See how ${site} is reached`, lookAtSite({}), admin)
  const account = task(
    `Create the user of guests at ${site}`,
    auth({ entity: `client.${user}`, caps: { mon: 'profile rbd', osd: `profile rbd pool=${pool}` } }),
    admin,
  )
  const uuid = secretUuid(site, user)
  const key = task(
    'Give its key to libvirt',
    secret((context) => ({ uuid, usage: `client.${user} of ${site}`, key: context.output(account).key })),
  )
  const start = (guest: Guest) =>
    task(
      `Start ${guest.name}`,
      domain((context) => {
        const disks = disksXml({ pool, user, uuid, monHost: context.output(cluster).monHost }, guest.disks)
        return { name: guest.name, state: 'running', autostart: false, xml: (guest.xml ?? guestXml(guest))(disks) }
      }),
      { when: (context) => guest.hosts[site] === context.host.name && uses(guest, images)(context) },
    )
  return [cluster, account, key, ...guests.map(start)]
}

/** The same secret has the same name on every host of a site, so that guests can be moved between them. */
function secretUuid(site: string, user: string): string {
  const digits = sha256(`${site} client.${user}`)
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-')
}

export interface DiskAccess {
  readonly pool: string
  readonly user: string
  /** Of the secret with the user's key. */
  readonly uuid: string
  /** As `mon host` in ceph.conf has it. */
  readonly monHost: string
}

/** Disks on a cluster: the first image is `vda`. Caches are flushed when the guest says so, as its filesystem expects. */
export function disksXml({ pool, user, uuid, monHost }: DiskAccess, images: readonly string[]): string {
  const hosts = monitorsXml(monHost)
  return images
    .map(
      (image, index) => `<disk type='network' device='disk'>
  <driver name='qemu' type='raw' cache='writeback' discard='unmap'/>
  <auth username='${escapeXml(user)}'><secret type='ceph' uuid='${uuid}'/></auth>
  <source protocol='rbd' name='${escapeXml(`${pool}/${image}`)}'>${hosts}</source>
  <target dev='vd${String.fromCharCode(97 + index)}' bus='virtio'/>
</disk>`,
    )
    .join('\n')
}

/** QEMU's client speaks the older protocol to a port that is not told otherwise: that port is named where there is one. */
function monitorsXml(monHost: string): string {
  const ports = portsIn(monHost)
  const older = ports.filter(({ port }) => port === 6789)
  return (older.length > 0 ? older : ports)
    .map(({ host, port }) => `<host name='${escapeXml(host)}' port='${port}'/>`)
    .join('')
}

function guestXml(guest: Guest): (disks: string) => string {
  const { name, memory = 1024, cpus = 1, type = 'kvm', devices = '' } = guest
  const os = guest.os ?? `<os><type arch='x86_64'>hvm</type><boot dev='hd'/></os>`
  return (disks) => `<domain type='${type}'>
<name>${escapeXml(name)}</name>
<memory unit='MiB'>${memory}</memory>
<vcpu>${cpus}</vcpu>
${os}
<features><acpi/></features>
<devices>
${disks}
${devices}
</devices>
</domain>
`
}
