import { type Play, play } from '../core/playbook.ts'
import { type TaskContext, task } from '../core/task.ts'
import { preflightHost } from '../modules/rbd/preflight/host.ts'
import type { SideFacts } from '../modules/rbd/preflight/pitfall.ts'
import { pitfalls } from '../modules/rbd/preflight/pitfalls.ts'
import { clientsOf, filePeersOf, portsOf, preflightSite } from '../modules/rbd/preflight/site.ts'
import { preflightUsers } from '../modules/rbd/preflight/users.ts'
import { siteOf } from './ceph-hosts.ts'
import { otherOf } from './dr-look.ts'
import { daemonFiles, mirrorUnit, namesInInventory } from './mirror-names.ts'
import { adminOf, onAdmin, onAdminOf } from './mirror-site.ts'

export interface PreflightOptions {
  readonly pool: string
  readonly namespace?: string | undefined
  readonly sites: readonly [string, string]
  /** The only site that has copies; default: both have. */
  readonly to?: string | undefined
  /** `link`: only what must be so before two sites are linked, which looks at no image. */
  readonly before: 'link' | 'use'
}

/** Names every known pitfall between two sites, with what was seen and what mends it; changes nothing. */
export function preflightPlays({ pool, namespace, sites, to, before }: PreflightOptions): Play[] {
  const both = sites.join(':')
  const site = task('See the site', preflightSite({ pool, namespace, images: before === 'use' }), { when: onAdmin })
  const seen = (context: TaskContext, of: string) => context.output(site, adminOf(context, of))
  const otherHere = ({ host }: TaskContext) => otherOf(sites, siteOf(host))
  const userOf = (context: TaskContext, of: string) => `client.${namesInInventory.site(context, of).user}`
  const users = task(
    'See the users that daemons log in as',
    preflightUsers((context) => ({
      entities: [...new Set([userOf(context, siteOf(context.host)), ...clientsOf(seen(context, otherHere(context)))])],
    })),
    { when: onAdmin },
  )
  const host = task(
    'See the daemon, and what answers there',
    preflightHost((context) => {
      const names = namesInInventory.daemon(context)
      const { conf, keyring } = daemonFiles(names)
      return {
        unit: mirrorUnit(names),
        conf,
        keyring,
        ports: portsOf(seen(context, otherHere(context))),
        files: filePeersOf(seen(context, siteOf(context.host))),
      }
    }),
  )
  // What cannot be reached is told as such, and keeps nobody from working on the others.
  const lookedAt = (context: TaskContext, of: string) =>
    context.hosts(`${of}:&rbdmirrors`).filter((each) => context.ran(host, each))
  const sideOf = (context: TaskContext, of: string): SideFacts => ({
    site: of,
    name: namesInInventory.site(context, of).name,
    receives: to === undefined || to === of,
    user: userOf(context, of),
    daemons: [
      ...new Set(
        context.hosts(`${of}:&rbdmirrors`).map((each) => namesInInventory.daemon({ ...context, host: each }).user),
      ),
    ],
    facts: seen(context, of),
    users: context.output(users, adminOf(context, of)),
    hosts: lookedAt(context, of).map(({ name }) => ({ name, facts: context.output(host, name) })),
  })
  return [
    play({ name: 'Preflight: both sites', hosts: `${both}:&mons`, become: true, tasks: [site, users] }),
    play({ name: 'Preflight: mirror hosts', hosts: `${both}:&rbdmirrors`, become: true, tasks: [host] }),
    play({
      name: 'Preflight: pitfalls',
      hosts: `${sites[0]}:&mons`,
      become: true,
      tasks: [
        task(
          'Name every pitfall',
          pitfalls((context) => ({
            before,
            facts: { pool, sides: [sideOf(context, sites[0]), sideOf(context, sites[1])] as const },
          })),
          { when: onAdminOf(sites[0]) },
        ),
      ],
    }),
  ]
}
