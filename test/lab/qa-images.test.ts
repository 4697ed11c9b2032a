import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { atHost, atSite, bothSites, endLab, eventually, jsonAt, mirrorLab, type Site } from './mirrored-pair.ts'
import { askDaemons, attempt, daemons, imagesOf, mirroredSites, mirrorHosts, type Step } from './qa-pool.ts'
import { describeLongLab } from './support.ts'

afterAll(endLab)

const hour = 3_600_000

const bothWays: readonly (readonly [from: Site, to: Site])[] = [
  ['east', 'west'],
  ['west', 'east'],
]

/** Scenarios of Ceph's own QA that move an image from site to site or take it away; docs/qa.md is the table. */
for (const { mode, pool, poolMode } of [
  { mode: 'journal', pool: 'qa-journal', poolMode: 'pool' },
  { mode: 'snapshot', pool: 'qa-snapshot', poolMode: 'image' },
] as const)
  describeLongLab(`Ceph’s QA, images mirrored by ${mode}`, mirrorLab, () => {
    const on = imagesOf(pool, mode)
    const { steps } = on

    beforeAll(() => mirroredSites([pool, poolMode]))

    test('a new image is replayed, its metadata too', async () => {
      steps('east', ...on.mirrored('replay'), ['imageMeta', { image: 'replay', values: { owner: 'guest 1' } }])
      await on.follows('west', 'replay')
      steps('east', ...on.written('replay', 'second'))
      await on.arrived('replay')
      await eventually(() => atSite('west', `rbd image-meta get ${on.spec('replay')} owner`), 'guest 1')
    })

    test('an image made while the daemons are stopped arrives once they start, and the first goes on', async () => {
      daemons('west', 'stopped')
      steps('east', ...on.mirrored('meanwhile'), ...on.written('replay', 'third'))
      await eventually(() => on.stateAt('west', 'replay'), expect.stringMatching(/^down\+/))
      daemons('west', 'started')
      await on.follows('west', 'meanwhile')
      await on.follows('west', 'replay')
    })

    test.each([
      ['the whole daemon', ''],
      ['the pool', ` ${pool} east`],
      ['one image', ` ${pool}/replay`],
    ])('the admin socket stops, starts and restarts replay: %s', async (what, of) => {
      const state = () => on.stateAt('west', 'replay')
      await askDaemons('west', `rbd mirror stop${of}`)
      await eventually(state, 'up+stopped')
      await askDaemons('west', `rbd mirror start${of}`)
      await eventually(state, 'up+replaying')
      await askDaemons('west', `rbd mirror restart${of}`)
      steps('east', ...on.written('replay', `after a restart of ${what}`))
      await on.follows('west', 'replay')
    })

    test('a copy follows its image to a new name', async () => {
      steps('east', ['image', { image: 'renamed', formerly: 'meanwhile' }], ...on.written('renamed', 'renamed'))
      await on.there('renamed', 'west')
      await on.gone('meanwhile', 'west')
      await on.follows('west', 'renamed')
    })

    test('an image in the trash has no copy; taken out, it has one again', async () => {
      steps('east', ['trash', { image: 'renamed' }])
      await on.gone('renamed', 'west')
      steps('east', ['trash', { image: 'renamed', state: 'restored' }], ['mirrorImage', { image: 'renamed', mode }])
      await on.follows('west', 'renamed')
    })

    test('what was deleted is kept for a while where that is wanted, and can be had back', async () => {
      steps('west', ['deleteDelay', { seconds: 600 }])
      const written = await on.sumAt('east', 'renamed')
      on.remove('east', 'renamed')
      try {
        await eventually(() => atSite('west', `rbd trash ls ${pool} --all | cut -d' ' -f2`), 'renamed')
      } finally {
        steps('west', ['deleteDelay', { seconds: 0 }])
      }
      steps('west', ['trash', { image: 'renamed', state: 'restored' }])
      expect(await on.sumAt('west', 'renamed')).toBe(written)
      // In pool mode it is mirrored again, as the primary, and is not to be deleted while its copy is being made.
      if (mode === 'journal') await on.follows('east', 'renamed')
      steps('west', ['image', { image: 'renamed', state: 'absent' }])
    })

    test('failover and failback, with nothing written and with something', async () => {
      steps('east', ...on.mirrored('moving'))
      await on.follows('west', 'moving')
      for (const write of [false, true])
        for (const [from, to] of bothWays) {
          on.role('demote.ts', from, 'moving')
          await eventually(() => on.states('moving'), ['up+unknown', 'up+unknown'])
          on.role('promote.ts', to, 'moving')
          if (write) steps(to, ...on.written('moving', `written at ${to}`))
          await on.follows(from, 'moving')
        }
    })

    test(
      'the primary role changes sides ten times, and every write survives',
      async () => {
        for (let round = 1; round <= 10; round++)
          for (const [from, to] of bothWays) {
            steps(from, ...on.written('moving', `round ${round} at ${from}`))
            const written = await on.sumAt(from, 'moving')
            on.role('demote.ts', from, 'moving')
            on.role('promote.ts', to, 'moving')
            expect(await on.sumAt(to, 'moving')).toBe(written)
          }
        await on.follows('west', 'moving')
      },
      hour,
    )

    test('promoted by force, both sides can be written', async () => {
      steps('east', ...on.mirrored('split'))
      await on.follows('west', 'split')
      on.role('promote.ts', 'west', 'split', '-e', 'force=true')
      await eventually(() => on.states('split'), ['up+stopped', 'up+stopped'])
      for (const site of bothSites) steps(site, ['content', { image: 'split', text: `only at ${site}` }])
    })

    test('split-brain is told when the loser is demoted, and a new copy ends it', async () => {
      on.role('demote.ts', 'east', 'split')
      await eventually(() => on.descriptionAt('east', 'split'), expect.stringContaining('split-brain'))
      // By snapshots, a new copy has what the winner's last one had.
      steps('west', ...on.snapshotOf('split'))
      const before = await on.idAt('east', 'split')
      on.role('resync.ts', 'east', 'split')
      expect(await on.idAt('east', 'split')).not.toBe(before)
      await on.follows('east', 'split')
    })

    test('the end of an image’s mirroring takes its copy away, and its return brings it back', async () => {
      steps('east', ['mirrorImage', { image: 'replay', mode: 'disabled' }])
      await on.gone('replay', 'west')
      steps('east', ['mirrorImage', { image: 'replay', mode }])
      await on.follows('west', 'replay')
    })

    test('a copy stays while the daemons are stopped, and goes when they start', async () => {
      daemons('west', 'stopped')
      steps('east', ['mirrorImage', { image: 'replay', mode: 'disabled' }])
      expect(await on.listAt('west')).toContain('replay')
      daemons('west', 'started')
      await on.gone('replay', 'west')
      steps('east', ['mirrorImage', { image: 'replay', mode }])
      await on.follows('west', 'replay')
    })

    test('a copy is not deleted, changed or renamed where it is a copy', () => {
      for (const args of [{ state: 'absent' }, { size: '16M' }, { image: 'mine', formerly: 'replay' }])
        expect(on.tried('west', ['image', { image: 'replay', ...args }]).stdout).toContain(
          'is a copy here and cannot be',
        )
    })

    test.each([
      ['', async () => undefined, async () => undefined],
      [
        ' while its replay is stopped',
        () => askDaemons('west', `rbd mirror stop ${pool}/replay`),
        () => askDaemons('west', `rbd mirror start ${pool}/replay`),
      ],
      [
        ' while the daemons are stopped',
        async () => void daemons('west', 'stopped'),
        async () => void daemons('west', 'started'),
      ],
    ])('a copy is made anew%s', async (_, before, after) => {
      const id = await on.idAt('west', 'replay')
      await before()
      steps('west', ['resync', { image: 'replay', force: true }])
      await after()
      await eventually(async () => (await on.idAt('west', 'replay')) !== id, true, 180)
      await on.follows('west', 'replay')
    })

    test('snapshots follow, whatever they are renamed to', async () => {
      const snapshot = (args: object): Step => ['snapshot', { image: 'replay', ...args }]
      const renamed = Array.from({ length: 20 }, (_, round) => [
        snapshot({ snapshot: `name-${round + 1}`, formerly: `name-${round}` }),
        ...on.snapshotOf('replay'),
      ])
      steps('east', snapshot({ snapshot: 'name-0' }), ...on.snapshotOf('replay'), ...renamed.flat())
      const names = async () => {
        const list = await jsonAt('west', `rbd snap ls --format json ${on.spec('replay')}`)
        return list.map(({ name }: { name: string }) => name)
      }
      await eventually(names, ['name-20'])
      steps('east', snapshot({ snapshot: 'name-20', state: 'absent' }), ...on.snapshotOf('replay'))
      await eventually(names, [])
    })

    test.each([1, 2])('a clone of format %d is mirrored once its parent is', async (format) => {
      const [parent, child] = [`parent-${format}`, `clone-${format}`]
      const from = { pool, image: parent, snapshot: 'base' }
      steps(
        'east',
        ['image', { image: parent, size: '8M', features: ['layering', 'exclusive-lock'] }],
        ['content', { image: parent, text: 'of the parent' }],
        ['snapshot', { image: parent, snapshot: 'base', protected: format === 1 }],
        ['clone', { image: child, parent: from, format }],
      )
      if (mode === 'snapshot')
        expect(on.tried('east', ['mirrorImage', { image: child, mode }]).stdout).toContain(
          'mirroring is not enabled for the parent',
        )
      steps('east', ['mirrorImage', { image: parent, mode }])
      await on.follows('west', parent)
      steps('east', ['mirrorImage', { image: child, mode }], ...on.snapshotOf(child))
      await on.follows('west', child)
      expect((await on.infoAt('west', child)).parent).toMatchObject({ pool, image: parent, snapshot: 'base' })
      if (format === 2) {
        steps('east', ['snapshot', { image: parent, snapshot: 'base', state: 'absent' }], ...on.snapshotOf(parent))
        await eventually(async () => (await on.infoAt('west', child)).parent.trash, false)
        await eventually(
          async () =>
            (await jsonAt('west', `rbd snap ls --all --format json ${on.spec(parent)}`)).some(
              ({ namespace }: { namespace: { type: string } }) => namespace.type === 'trash',
            ),
          true,
        )
      }
      steps('east', ['clone', { image: child, parent: from, flattened: true }], ...on.written(child, 'independent'))
      await eventually(async () => (await on.infoAt('west', child)).parent, undefined)
      await on.arrived(child)
      on.remove('east', child)
      await on.gone(child, 'west')
      if (format === 1)
        steps('east', ['snapshot', { image: parent, snapshot: 'base', state: 'absent' }], ...on.snapshotOf(parent))
      on.remove('east', parent)
      await on.gone(parent, 'west')
    })

    test('the copy of an image with a data pool has one of the same name', async () => {
      for (const site of bothSites)
        await atSite(site, 'ceph osd pool create qa-data 8 && ceph osd pool application enable qa-data rbd')
      steps('east', ...on.mirrored('data', { dataPool: 'qa-data' }))
      await on.follows('west', 'data')
      expect((await on.infoAt('west', 'data')).data_pool).toBe('qa-data')
    })

    test('in a namespace: replay, the end of mirroring, another pool for data', async () => {
      const inside = imagesOf(pool, mode, 'guests')
      for (const site of bothSites)
        steps(site, ['namespace', { namespace: 'guests' }], ['mirrorPool', { namespace: 'guests', mode: poolMode }])
      inside.steps('east', ...inside.mirrored('replay'), ...inside.mirrored('data', { dataPool: 'qa-data' }))
      await inside.follows('west', 'replay')
      await inside.follows('west', 'data')
      expect((await inside.infoAt('west', 'data')).data_pool).toBe('qa-data')
      inside.steps('east', ['mirrorImage', { image: 'replay', mode: 'disabled' }])
      await inside.gone('replay', 'west')
      inside.remove('east', 'replay', 'data')
      await inside.gone('data', 'west')
      for (const site of bothSites)
        steps(
          site,
          ['mirrorPool', { namespace: 'guests', mode: 'disabled' }],
          ['namespace', { namespace: 'guests', state: 'absent' }],
        )
    })

    if (mode === 'journal')
      test('a client that was disconnected is told, and its image copied anew: by us, or by itself', async () => {
        const disconnect = async () => {
          const journal = `--image ${on.spec('replay')}`
          const { registered_clients: clients } = await jsonAt('east', `rbd journal status --format json ${journal}`)
          const [peer] = clients.filter(({ id }: { id: string }) => id !== '')
          daemons('west', 'stopped')
          await atSite('east', `rbd journal client disconnect ${journal} --client-id ${peer?.id}`)
          steps('east', ...on.written('replay', `disconnected ${peer?.id}`))
          daemons('west', 'started')
        }
        await disconnect()
        await eventually(() => on.descriptionAt('west', 'replay'), expect.stringContaining('disconnected'))
        expect(attempt('preflight.ts', '-e', `pool=${pool}`).stdout).toContain('[journal-cut-off]')
        const before = await on.idAt('west', 'replay')
        steps('west', ['resync', { image: 'replay', force: true }])
        await eventually(async () => (await on.idAt('west', 'replay')) !== before, true)
        await on.follows('west', 'replay')

        steps('east', [
          'imageMeta',
          { image: 'replay', values: { conf_rbd_mirroring_resync_after_disconnect: 'true' } },
        ])
        await eventually(
          () => atSite('west', `rbd image-meta get ${on.spec('replay')} conf_rbd_mirroring_resync_after_disconnect`),
          'true',
        )
        await disconnect()
        await on.follows('west', 'replay')
      })

    test('50 small images arrive, are equal, and go', async () => {
      const names = Array.from({ length: 50 }, (_, index) => `many-${index}`)
      steps('east', ...names.flatMap((image) => on.mirrored(image, { size: '1M' })))
      const sums = (site: Site) =>
        atSite(site, `for image in ${names.join(' ')}; do rbd export --no-progress ${pool}/$image - | sha256sum; done`)
      const expected = await sums('east')
      await eventually(() => sums('west'), expected, 300)
      // Some are deleted while others may still be on their way.
      on.remove('east', ...names)
      await eventually(async () => (await on.listAt('west')).filter((name) => name.startsWith('many-')), [], 300)
    })

    test('nothing is left of images that are gone, and nobody who is alive is on a blocklist', async () => {
      on.remove('east', 'replay', 'moving', 'data')
      on.remove('west', 'split')
      for (const site of bothSites) await eventually(() => on.listAt(site), [])
      const left = async (site: Site) =>
        atSite(
          site,
          `for object in rbd_mirroring rbd_mirror_leader; do
          rados -p ${pool} listomapkeys $object | grep -E '^(image_|global_|status_global_|image_map_)' || true
        done`,
        )
      for (const site of bothSites) await eventually(() => left(site), '')
      // Daemons that were stopped may be on it; nobody else, and none that runs.
      const mirrors = await Promise.all(
        bothSites.flatMap(mirrorHosts).map((host) => atHost(host, "hostname -I | cut -d' ' -f1")),
      )
      for (const site of bothSites) {
        const entries = Object.keys((await jsonAt(site, 'ceph osd dump --format json')).blocklist)
        expect(entries.filter((entry) => !mirrors.some((address) => entry.startsWith(`${address}:`)))).toEqual([])
        const status = `rbd mirror pool status ${pool} --format json`
        await eventually(async () => (await jsonAt(site, status)).summary.daemon_health, 'OK')
      }
    })
  })
