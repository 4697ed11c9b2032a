import { z } from 'zod'
import { InputError } from '../core/errors.ts'
import { type Host, hostVar } from '../core/host.ts'
import type { TaskContext } from '../core/task.ts'

/** What the inventory says of the hosts of a site; variables have the names that ceph-ansible gives them. */

/** The site of a host, which is a group of the inventory too. */
export function siteOf(host: Host): string {
  return hostVar(host, 'site', z.string().min(1))
}

/** The monitors' hosts of a site. @throws InputError when there is none. */
export function monHosts({ host, hosts }: TaskContext): readonly Host[] {
  const site = siteOf(host)
  const found = hosts(`${site}:&mons`)
  if (found.length > 0) return found
  throw new InputError({
    summary: `the site ${site} has no monitor`,
    hint: 'put at least one of its hosts into the group "mons" of the inventory',
  })
}

/** The name of a monitor or manager: `monitor_name`, else the host's name up to the first dot. */
export function daemonName(host: Host): string {
  return hostVar(host, 'monitor_name', z.string().optional()) ?? host.name.replace(/\..*$/, '')
}

/**
 * The IP address at which a monitor is reached by all others: `monitor_address`, else the one that we log in to.
 *
 * @throws InputError when neither is an IP address: a monitor map has no room for names.
 */
export function monIp(host: Host): string {
  const address = hostVar(host, 'monitor_address', z.string().optional())
  const found = address ?? hostVar(host, 'ansible_host', z.string().default(host.name))
  if (ip.safeParse(found).success) return found
  throw new InputError({
    summary: `${found} is no IP address, and the monitor on ${host.name} needs one`,
    hint: `set monitor_address for ${host.name} in the inventory`,
    location: host.origin?.('monitor_address') ?? host.origin?.('ansible_host'),
  })
}

/** Whole devices of a host that are OSDs, or are to be. */
export function devicesOf(host: Host): readonly string[] {
  return hostVar(host, 'devices', z.array(z.string()).default([]))
}

const ip = z.union([z.ipv4(), z.ipv6()])
