import { block, type TaskItem } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { assert } from '../modules/assert.ts'
import { auth } from '../modules/ceph/auth.ts'
import { file } from '../modules/file.ts'
import { listed } from '../modules/rbd/batch.ts'
import { imageRole } from '../modules/rbd/image-role.ts'
import { mirroredImages } from '../modules/rbd/looks.ts'
import { mirrorPool } from '../modules/rbd/mirror-pool.ts'
import { poolSpec } from '../modules/rbd/names.ts'
import { preflightSite, type SiteFacts } from '../modules/rbd/preflight/site.ts'
import { stopMirroring } from '../modules/rbd/stop-mirroring.ts'
import { systemd } from '../modules/systemd.ts'
import { siteOf } from './ceph-hosts.ts'
import { changeRecord, type RecordOptions } from './change-record.ts'
import { endCanary, removeCanaryImages } from './dr-canary.ts'
import { daemonFiles, mirrorUnit, namesInInventory, peerFiles } from './mirror-names.ts'
import { onAdmin } from './mirror-site.ts'
import { type UnlinkOptions, unlinkPlays } from './unlink.ts'

export interface TeardownOptions extends UnlinkOptions, Pick<RecordOptions, 'operator' | 'reason'> {
  /** `keep`: every copy becomes an image of its own. `delete`: copies are deleted, primaries stay. */
  readonly copies: 'keep' | 'delete'
}

/** Ends the mirroring of a pool on both sites; no primary image loses anything. */
export function teardownPlays(options: TeardownOptions): readonly Play[] {
  const { pool, sites, copies } = options
  const onMons = (name: string, ...tasks: TaskItem[]) =>
    play({ name, hosts: `${sites.join(':')}:&mons`, become: true, tasks: [block({ when: onAdmin, tasks })] })
  const unlink = unlinkPlays(options)
  const facts = task('See what is mirrored', preflightSite({ pool, images: false }), { ignoreUnreachable: true })
  const promoted = { pool, role: 'primary', force: true, canaries: true } as const
  // Once the sites are not linked any more, nothing that is missing arrives.
  const asserts = [
    task(
      'See that no namespace of the pool is mirrored',
      assert((context) => noNamespaces(pool, context.output(facts)?.namespaces ?? {})),
    ),
    ...(copies === 'keep' ? [task('See that every copy is whole', imageRole({ ...promoted, refuseOnly: true }))] : []),
  ]
  const record = changeRecord({
    ...options,
    kind: 'teardown',
    changes: () => true,
    result: () =>
      copies === 'keep'
        ? 'an image of its own'
        : 'an image of its own where it was primary; deleted where it was a copy',
  })
  const gate = play({
    name: 'Nothing would be left half-way',
    hosts: `${sites.join(':')}:&mons`,
    become: true,
    anyErrorsFatal: true,
    // A site that is lost for good leaves the other one to be freed of it.
    tasks: [
      block({ when: onAdmin, tasks: [facts] }),
      block({
        when: (context) => onAdmin(context) && context.ran(facts),
        tasks: [...asserts, record.before, record.begin],
      }),
    ],
  })
  const canaries = onMons('Nothing writes canaries', ...endCanary({ pool }))
  const noCanaries = removeCanaryImages({ pool }, sites)
  const disable = task('Switch mirroring off', mirrorPool({ pool, mode: 'disabled', images: true }))
  // What is disabled while the sites are linked is deleted on the other one: the order decides what becomes of copies.
  return copies === 'keep'
    ? [
        gate,
        canaries,
        ...unlink,
        onMons(
          'Copies become images of their own, and nothing is mirrored',
          task('Promote the copies', imageRole(promoted)),
          disable,
          ...noCanaries,
          record.end,
        ),
      ]
    : [
        gate,
        canaries,
        onMons('Copies are deleted', task('Stop mirroring the primaries', stopMirroring({ pool })), copiesGone(pool)),
        ...unlink,
        onMons('Nothing is mirrored', disable, ...noCanaries, record.end),
      ]
}

/** They have images and copies of their own, which would be mirrored by nobody: journals that nobody reads grow for good. */
export function noNamespaces(pool: string, namespaces: SiteFacts['namespaces']) {
  const mirrored = Object.keys(namespaces).filter((name) => namespaces[name] !== 'disabled')
  const specs = mirrored.map((namespace) => poolSpec({ pool, namespace }))
  return {
    that: mirrored.length === 0,
    message: `nothing was changed: mirroring is on in namespaces of ${pool}, too, which have images of their own: ${listed(specs)}. End it there first: for each image, rbd mirror image disable where it is primary (its copy is deleted), or rbd mirror image promote --force where the copy is to be kept, and disable both; then rbd mirror pool disable ${specs[0] ?? ''} at both sites`,
  }
}

function copiesGone(pool: string): Task<unknown> {
  return task('Wait until the copies are gone', mirroredImages({ pool, canaries: true }), {
    until: {
      condition: 'no copy is left',
      met: ({ images }) => images.every(({ info }) => info.mirroring.primary),
      delay: 3,
      deadline: 600,
      describe: (seen) => `${seen?.images.filter(({ info }) => !info.mirroring.primary).length ?? 'some'} left`,
    },
  })
}

/** Takes the daemons away with all that they were given. Only where no other pool is mirrored. */
export function removeDaemonPlays({ sites }: Pick<UnlinkOptions, 'sites'>): readonly Play[] {
  const both = sites.join(':')
  const otherOf = ({ host }: TaskContext) => (siteOf(host) === sites[0] ? sites[1] : sites[0])
  const remove = (what: string, path: (context: TaskContext) => string) =>
    task(
      `Remove ${what}`,
      file((context) => ({ path: path(context), state: 'absent' })),
    )
  return [
    play({
      name: 'No mirror daemon runs',
      hosts: `${both}:&rbdmirrors`,
      become: true,
      tasks: [
        task(
          'Stop the daemon for good',
          systemd((context) => ({
            unit: mirrorUnit(namesInInventory.daemon(context)),
            state: 'stopped',
            enabled: false,
          })),
        ),
        remove('its keyring', (context) => daemonFiles(namesInInventory.daemon(context)).keyring),
        remove(
          'the ceph.conf of the other site',
          (context) => peerFiles(namesInInventory.site(context, otherOf(context))).conf,
        ),
        remove(
          'the keyring for the other site',
          (context) => peerFiles(namesInInventory.site(context, otherOf(context))).keyring,
        ),
      ],
    }),
    play({
      name: 'Nobody can log in as one',
      hosts: `${both}:&mons`,
      become: true,
      tasks: [
        block({
          when: onAdmin,
          tasks: [
            task(
              'Remove the user of the daemons',
              auth((context) => ({
                entity: `client.${namesInInventory.site(context, siteOf(context.host)).user}`,
                state: 'absent',
              })),
            ),
            task('Remove the user of the other site', auth({ entity: 'client.rbd-mirror-peer', state: 'absent' })),
          ],
        }),
      ],
    }),
  ]
}
