import {
  atHost,
  atSite,
  bothSites,
  eventually,
  jsonAt,
  type MadeChange,
  pairFolder,
  type Site,
} from './mirrored-pair.ts'

export type Mode = 'journal' | 'snapshot'
/** A module of `rbd` by its name in a playbook, and its arguments but for the pool. */
export type Step = readonly [module: string, args: Readonly<Record<string, unknown>>]

/** Any modules of `rbd`, one after the other, at one site. */
const stepsPlaybook = `
import { onAdmin, play, playbook, rbd, task, z } from 'ceph-playbook'
export default playbook({
  name: 'Steps',
  vars: { site: z.string(), steps: z.array(z.tuple([z.string(), z.record(z.string(), z.unknown())])) },
  plays: ({ site, steps }) => [
    play({ name: 'Steps', hosts: site + ':&mons', become: true, tasks: steps.map(([module, args]) =>
      task(module, rbd[module](args), { when: onAdmin })) }),
  ],
})
`

/** Mirror daemons stop and start; and look for changes more often than by default, so that tests are quick. */
const daemonsPlaybook = `
import { play, playbook, rbd, task, z } from 'ceph-playbook'
export default playbook({
  name: 'Daemons',
  vars: { site: z.string(), state: z.enum(['started', 'stopped']) },
  plays: ({ site, state }) => [
    play({ name: 'Daemons', hosts: site + ':&rbdmirrors', become: true, tasks: [
      task('Mirror daemons', rbd.mirrorDaemons({ state })),
    ] }),
  ],
})
`

const quickPlaybook = `
import { ceph, onAdmin, play, playbook, siteOf, systemd, task } from 'ceph-playbook'
const quick = task('Look every few seconds', ceph.config(({ host }) => ({
  who: 'client.rbd-mirror.' + siteOf(host),
  options: {
    rbd_mirror_image_state_check_interval: 5,
    rbd_mirror_pool_replayers_refresh_interval: 5,
    rbd_mirror_image_policy_update_throttle_interval: 1,
    rbd_mirror_sync_point_update_age: 5,
  },
})), { when: onAdmin })
export default playbook({
  name: 'Quick daemons',
  plays: [
    play({ name: 'Options', hosts: 'mons', become: true, tasks: [quick] }),
    play({ name: 'Restart', hosts: 'rbdmirrors', become: true, serial: 1, tasks: [
      task('Restart', systemd(({ host }) => ({
        unit: 'ceph-rbd-mirror@rbd-mirror.' + siteOf(host), state: 'restarted' })),
        { when: (context) => context.changed(quick, context.hosts(siteOf(context.host) + ':&mons')[0]) }),
    ] }),
  ],
})
`

/** Playbooks of ours and of the tests, run on the lab. */
export const { attempt, run } = pairFolder({
  'steps.ts': stepsPlaybook,
  'daemons.ts': daemonsPlaybook,
  'quick.ts': quickPlaybook,
})

/** Bare hosts become a pair of sites whose daemons look every few seconds. */
export function mirroredSites(...pools: readonly (readonly [pool: string, mode: 'pool' | 'image'])[]): void {
  run('new-site.ts')
  for (const [pool, mode] of pools) run('bidirectional.ts', '-e', `pool=${pool}`, '-e', `mode=${mode}`)
  run('quick.ts')
}

export function daemons(site: Site, state: 'started' | 'stopped'): readonly MadeChange[] {
  return run('daemons.ts', '-e', `site=${site}`, '-e', `state=${state}`)
}

export const mirrorHosts = (site: Site) => [`${site}-mirror-1`, `${site}-mirror-2`]

/** Asks every mirror daemon of a site; those that do not know the image or pool have nothing to do. */
export async function askDaemons(site: Site, words: string): Promise<void> {
  for (const host of mirrorHosts(site))
    await atHost(
      host,
      `for socket in /run/ceph/ceph-client.rbd-mirror.*.asok /run/ceph/client.rbd-mirror.${site}.*.asok; do
         [ -S "$socket" ] && ceph --admin-daemon "$socket" ${words} >/dev/null 2>&1
       done; true`,
    )
}

/** What Ceph's QA does to images of a pool: changes by our modules, looks and faults by hand. */
export function imagesOf(pool: string, mode: Mode, namespace?: string) {
  const place = namespace === undefined ? pool : `${pool}/${namespace}`
  const spec = (image: string) => `${place}/${image}`
  const full = ([module, args]: Step): Step => [module, { pool, ...(namespace ? { namespace } : {}), ...args }]
  const vars = (site: Site, list: readonly Step[]) => [
    '-e',
    `site=${site}`,
    '-e',
    `steps=${JSON.stringify(list.map(full))}`,
  ]
  const steps = (site: Site, ...list: readonly Step[]) => run('steps.ts', ...vars(site, list))
  const tried = (site: Site, ...list: readonly Step[]) => attempt('steps.ts', ...vars(site, list))
  const snapshotOf = (image: string): Step[] => (mode === 'snapshot' ? [['mirrorSnapshot', { image }]] : [])
  const mirrored = (image: string, args: Readonly<Record<string, unknown>> = {}): Step[] => [
    ['image', { image, size: '8M', ...args }],
    ['content', { image, text: `first of ${image}` }],
    ['mirrorImage', { image, mode }],
  ]
  const written = (image: string, text: string): Step[] => [['content', { image, text }], ...snapshotOf(image)]

  const stateAt = async (site: Site, image: string): Promise<string> =>
    (await jsonAt(site, `rbd mirror image status ${spec(image)} --format json`)).state
  const states = (image: string) => Promise.all(bothSites.map((site) => stateAt(site, image)))
  const descriptionAt = async (site: Site, image: string): Promise<string> =>
    (await jsonAt(site, `rbd mirror image status ${spec(image)} --format json`)).description
  const infoAt = (site: Site, image: string) => jsonAt(site, `rbd info --format json ${spec(image)}`)
  const idAt = async (site: Site, image: string): Promise<string> => (await infoAt(site, image)).id
  const sumAt = (site: Site, image: string) =>
    atSite(site, `rbd info ${spec(image)} >/dev/null && rbd export --no-progress ${spec(image)} - | sha256sum`)
  const sums = (image: string) => Promise.all(bothSites.map((site) => sumAt(site, image)))
  const listAt = async (site: Site): Promise<string[]> =>
    (await atSite(site, `rbd ls ${place}`)).split('\n').filter((name) => name !== '')

  /** The image is followed at a site, and what is read there is what is read at the other. */
  const follows = async (at: Site, image: string) => {
    const expected = bothSites.map((site) => (site === at ? 'up+replaying' : 'up+stopped'))
    await eventually(() => states(image), expected, 180)
    await arrived(image)
  }
  const arrived = (image: string) =>
    eventually(async () => {
      const [east, west] = await sums(image)
      return east === west ? 'equal' : `east ${east}, west ${west}`
    }, 'equal')
  /** No site has the image. */
  const gone = (image: string, at: Site) =>
    eventually(async () => ((await listAt(at)).includes(image) ? 'there' : 'gone'), 'gone')
  const there = (image: string, at: Site) =>
    eventually(async () => ((await listAt(at)).includes(image) ? 'there' : 'gone'), 'there')
  const role = (playbook: 'demote.ts' | 'promote.ts' | 'resync.ts', site: Site, image: string, ...more: string[]) =>
    run(playbook, '-e', `pool=${pool}`, '-e', `site=${site}`, '-e', `image=${image}`, ...more)
  /** Ends images everywhere, by deleting them where they are primary. */
  const remove = (site: Site, ...images: readonly string[]) =>
    steps(site, ...images.map((image): Step => ['image', { image, state: 'absent' }]))
  return {
    place,
    spec,
    steps,
    tried,
    mirrored,
    written,
    snapshotOf,
    stateAt,
    states,
    descriptionAt,
    infoAt,
    idAt,
    sumAt,
    sums,
    listAt,
    follows,
    arrived,
    gone,
    there,
    role,
    remove,
  }
}
