import { block, type TaskItem } from '../core/block.ts'
import { sha256 } from '../core/files.ts'
import { type Play, play } from '../core/playbook.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { pool as cephPool } from '../modules/ceph/pool.ts'
import { debug } from '../modules/debug.ts'
import { fail } from '../modules/fail.ts'
import { type FoundDaemons, foundDaemons } from '../modules/rbd/found-daemons.ts'
import { type FoundSite, foundSite } from '../modules/rbd/found-site.ts'
import { peers } from '../modules/rbd/looks.ts'
import { mirrorPeer } from '../modules/rbd/mirror-peer.ts'
import { mirrorPool } from '../modules/rbd/mirror-pool.ts'
import { settled } from '../modules/rbd/settled.ts'
import { site as lookAtSite, type Site } from '../modules/rbd/site.ts'
import { describeFinding, findings, refusals } from './adopt-findings.ts'
import { type FoundLink, foundLink } from './adopt-link.ts'
import type { AdoptOptions, PairOf } from './adopt-options.ts'
import { describePair, variablePlays } from './adopt-variables.ts'
import { siteOf } from './ceph-hosts.ts'
import {
  daemonNamesOf,
  type FoundPair,
  otherSite,
  receives,
  siteNamesOf,
  sourceOf,
  staleEntries,
} from './found-pair.ts'
import { mirrorDaemon } from './mirror-daemon.ts'
import { lookAtPool, mirroringStands } from './mirror-health.ts'
import { type MirrorNames, namesInInventory } from './mirror-names.ts'
import { adminHere, adminOf, onAdmin, onAdminOf } from './mirror-site.ts'
import { siteAccess } from './mirrored-pool.ts'

interface Looks {
  readonly site: Task<FoundSite>
  readonly conf: Task<Site>
  readonly daemons: Task<FoundDaemons>
}

/** Takes over a pair that was set up by hand: what is right stays as it is, and what it is called is kept. */
export function adoptPlays(options: AdoptOptions): readonly Play[] {
  const { pool, sites } = options
  const both = sites.join(':')
  const looks: Looks = {
    site: task('See how the pool is mirrored', foundSite({ pool })),
    conf: task('See how the site is reached', lookAtSite({})),
    daemons: task('See what daemons there are', foundDaemons({})),
  }
  const pairOf = (context: TaskContext) => foundPair(context, options, looks)
  const names = foundNames(pairOf)
  const access = siteAccess({ names })
  const before = lookAtPool(pool)
  const ofPool = poolOf(pool, pairOf)
  const link = foundLink(options, pairOf, names)
  const onMons = { hosts: `${both}:&mons`, become: true }
  return [
    play({
      name: 'What stands at each site',
      ...onMons,
      anyErrorsFatal: true,
      tasks: [block({ when: onAdmin, tasks: [looks.site, looks.conf] })],
    }),
    play({
      name: 'What stands on each mirror host',
      hosts: `${both}:&rbdmirrors`,
      become: true,
      anyErrorsFatal: true,
      tasks: [looks.daemons],
    }),
    play({
      name: 'What is to change, and why',
      ...onMons,
      anyErrorsFatal: true,
      tasks: [block({ when: onAdminOf(sites[0]), tasks: judgement(pool, pairOf) })],
    }),
    play({
      name: 'Each site has its name, and a user with the rights that its daemons need',
      ...onMons,
      tasks: [block({ when: onAdmin, tasks: ofPool.tasks }), access.tasks, before],
    }),
    play({ name: 'Each site receives as it is meant to', ...onMons, tasks: link.tasks }),
    play({
      name: 'Daemons, one after the other',
      hosts: `${both}:&rbdmirrors`,
      become: true,
      serial: 1,
      tasks: oneDaemon({ pool, pairOf, names, access, link, before, name: ofPool.name }),
    }),
    play({
      name: 'Nothing is left of names that are not used any more',
      ...onMons,
      tasks: forgetStaleEntries(pool, pairOf),
    }),
    play({
      name: 'The daemons reach the other site',
      ...onMons,
      tasks: [
        block({
          when: (context) => receives(pairOf(context), siteOf(context.host)),
          tasks: [mirroringStands(pool)],
        }),
      ],
    }),
    ...variablePlays(options, pairOf),
  ]
}

function foundPair(context: TaskContext, { sites, ways }: AdoptOptions, looks: Looks): FoundPair {
  const at = <T>(look: Task<T>, site: string) => context.output(look, adminOf(context, site))
  return {
    sites,
    ways,
    found: Object.fromEntries(sites.map((site) => [site, at(looks.site, site)])),
    inventory: Object.fromEntries(sites.map((site) => [site, namesInInventory.site(context, site)])),
    hosts: sites.flatMap((site) =>
      context.hosts(`${site}:&rbdmirrors`).map((host) => ({
        name: host.name,
        site,
        found: context.output(looks.daemons, host),
        confSha256: sha256(at(looks.conf, site).conf),
      })),
    ),
  }
}

function foundNames(pairOf: PairOf): MirrorNames {
  return {
    site: (context, site) => siteNamesOf(pairOf(context), site),
    daemon: (context) => {
      const pair = pairOf(context)
      const host = pair.hosts.find(({ name }) => name === context.host.name)
      return host ? daemonNamesOf(pair, host) : namesInInventory.daemon(context)
    },
  }
}

function judgement(pool: string, pairOf: PairOf): readonly TaskItem[] {
  const all = (context: TaskContext) => findings(pairOf(context))
  return [
    task(
      'See whether it can be taken over',
      fail((context) => ({ message: refusals(pairOf(context), pool).join('; ') })),
      { when: (context) => refusals(pairOf(context), pool).length > 0 },
    ),
    task(
      'What was found',
      debug((context) => ({ message: describePair(pairOf(context)) })),
    ),
    task(
      'What is to change, and why',
      debug((context) => ({ message: all(context).map(describeFinding) })),
      { when: (context) => all(context).length > 0 },
    ),
  ]
}

/** The pool's mode is that of the site that has one; its name is what the other site knows it by. */
function poolOf(pool: string, pairOf: PairOf) {
  const application = task('Know the pool as one for RBD', cephPool({ name: pool, application: 'rbd' }))
  const name = task(
    'Name the site',
    mirrorPool((context) => {
      const pair = pairOf(context)
      const site = siteOf(context.host)
      const modes = [site, otherSite(pair, site)].flatMap((each) => {
        const mode = pair.found[each]?.mode ?? 'disabled'
        return mode === 'disabled' ? [] : [mode]
      })
      return { pool, mode: modes[0] ?? 'pool', siteName: siteNamesOf(pair, site).name }
    }),
  )
  return { tasks: [application, name], name }
}

interface DaemonOptions {
  readonly pool: string
  readonly pairOf: PairOf
  readonly names: MirrorNames
  readonly access: ReturnType<typeof siteAccess>
  readonly link: FoundLink
  readonly before: ReturnType<typeof lookAtPool>
  /** The task that gives a site its name, which daemons read when they start. */
  readonly name: Task<unknown>
}

/** The daemon of one host; when it had to be started anew, the next has its turn once this one works. */
function oneDaemon({ pool, pairOf, names, access, link, before, name }: DaemonOptions): readonly TaskItem[] {
  const admin = { delegateTo: (context: TaskContext) => adminHere(context).name }
  const outdated = (context: TaskContext) => {
    const pair = pairOf(context)
    const site = siteOf(context.host)
    return context.changed(name, adminHere(context)) || staleEntries(pair, otherSite(pair, site)).length > 0
  }
  const daemon = mirrorDaemon({ access, names, link, before, outdated })
  const now = { ...lookAtPool(pool), options: admin }
  const wait = task(
    'Wait until mirroring goes on',
    settled((context) => {
      const { daemons, images } = context.output(now)
      return {
        pool,
        instances: daemons.map(({ instanceId }) => instanceId),
        up: images.flatMap((image) => (image.up ? [image.name] : [])),
      }
    }),
    {
      ...admin,
      when: (context) => daemon.isNew(context) && sourceOf(pairOf(context), siteOf(context.host)) !== undefined,
      until: {
        condition: 'the daemon works as before',
        met: (seen) => seen.settled,
        delay: 2,
        deadline: 180,
        describe: (seen) => `still missing: ${seen?.missing.join('; ') || 'a status'}`,
      },
    },
  )
  return [now, daemon.tasks, wait]
}

function forgetStaleEntries(pool: string, pairOf: PairOf): readonly TaskItem[] {
  const stale = (context: TaskContext) => staleEntries(pairOf(context), siteOf(context.host))
  return [
    block({
      when: (context) => onAdmin(context) && stale(context).length > 0,
      tasks: [
        task('Wait until the daemons of the other site tell its name', peers({ pool }), {
          until: {
            condition: 'no peer is known by its fsid alone',
            met: ({ peers }) =>
              peers.every(
                (peer) =>
                  peer.client !== '' ||
                  !/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(peer.site) ||
                  peers.some((other) => other !== peer && other.mirrorUuid === peer.mirrorUuid),
              ),
            delay: 2,
            deadline: 120,
            describe: (seen) =>
              seen?.peers.map(({ site, direction }) => `${site} ${direction}`).join(', ') ?? 'no peers',
          },
        }),
        task(
          'Remove the entries with its fsid',
          mirrorPeer((context) => ({ pool, site: stale(context)[0]?.site ?? '', state: 'absent' })),
        ),
      ],
    }),
  ]
}
