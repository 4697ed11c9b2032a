import { z } from 'zod'
import { InputError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import type { Condition, TaskContext } from '../core/task.ts'
import { siteOf } from './ceph-hosts.ts'

const name = z.string().regex(/^[\w.-]+$/, 'a site is named with letters, digits, ".", "_" and "-"')

/** The name of a site: a group of the inventory whose hosts have the variable `site` set to it. */
export const siteName = name.describe('a site: a group of the inventory, and what its peers call it')

/**
 * The host on which Ceph's commands for a site run: the first of its monitors.
 *
 * @throws InputError when the inventory has no monitor of that site.
 */
export function adminOf({ hosts }: Pick<TaskContext, 'hosts'>, site: string): Host {
  const [admin] = hosts(`${site}:&mons`)
  if (admin) return admin
  throw new InputError({
    summary: `the site ${site} has no monitor in the inventory`,
    hint: `put its monitors into the groups "mons" and "${site}"`,
  })
}

/** The host that administers the cluster of this host's own site. */
export function adminHere(context: TaskContext): Host {
  return adminOf(context, siteOf(context.host))
}

/** Holds on one host a site: what belongs to the cluster, not to a host, is done once. */
export const onAdmin: Condition = (context) => adminHere(context).name === context.host.name

/** Holds on the host that administers the given site. */
export function onAdminOf(site: string): Condition {
  return (context) => adminOf(context, site).name === context.host.name
}

/** Two sites, as `-e sites=tokyo,osaka` or as a list. */
export const sitePair = z
  .union([z.array(name), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .pipe(z.tuple([name, name]))
  .refine(([a, b]) => a !== b, 'two different sites are needed')
  .describe('two sites: -e sites=east,west')
