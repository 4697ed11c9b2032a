import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { lookWith } from '../../../src/core/look-with.ts'
import type { ModuleCall } from '../../../src/core/task.ts'
import { preflightHost } from '../../../src/modules/rbd/preflight/host.ts'
import type { PreflightFacts, SideFacts } from '../../../src/modules/rbd/preflight/pitfall.ts'
import { findPitfalls } from '../../../src/modules/rbd/preflight/pitfalls.ts'
import {
  clientsOf,
  filePeersOf,
  portsOf,
  preflightSite,
  type SiteFacts,
} from '../../../src/modules/rbd/preflight/site.ts'
import { preflightUsers } from '../../../src/modules/rbd/preflight/users.ts'
import { goldenCase } from '../support/case.ts'
import { recordedHost } from '../support/golden.ts'
import { noContext } from '../support/local.ts'

const folder = join(import.meta.dirname, '../../fixtures/preflight')
const reads = goldenCase.shape.reads.unwrap()

/** What the hosts of two sites answered, captured on the lab, and the pitfalls that are to be named. */
const fixture = z.object({
  description: z.string(),
  reads: z.record(z.string(), reads),
  expected: z.array(z.record(z.string(), z.unknown())),
})
type Fixture = z.output<typeof fixture>

const pool = 'vms'
const sites = ['east', 'west'] as const
type Site = (typeof sites)[number]

/** Looks at a recorded host by one module, as the runner does. */
async function seen<Output>(recorded: Fixture, host: string, call: ModuleCall<Output>): Promise<NonNullable<Output>> {
  const answers = recordedHost(recorded.reads[host] ?? [])
  const noFiles = () => Promise.reject(new Error('no files'))
  const { output } = await call.prepare(noContext).observe(lookWith((command) => answers.run(command), noFiles))
  if (output === undefined || output === null) throw new Error(`${host} said nothing`)
  return output
}

async function factsOf(recorded: Fixture): Promise<PreflightFacts> {
  const [east, west] = await Promise.all(
    sites.map((site) => seen(recorded, `${site}-storage-1`, preflightSite({ pool }))),
  )
  if (!east || !west) throw new Error('a site was not seen')
  const sides = [await sideOf(recorded, 'east', [east, west]), await sideOf(recorded, 'west', [west, east])] as const
  return { pool, sides }
}

async function sideOf(
  recorded: Fixture,
  site: Site,
  [facts, other]: readonly [SiteFacts, SiteFacts],
): Promise<SideFacts> {
  const user = `client.rbd-mirror.${site}`
  const entities = [...new Set([user, ...clientsOf(other)])]
  const name = `${site}-mirror-1`
  const host = preflightHost({
    unit: `ceph-rbd-mirror@rbd-mirror.${site}`,
    keyring: `/etc/ceph/ceph.${user}.keyring`,
    ports: portsOf(other),
    files: filePeersOf(facts),
  })
  return {
    site,
    name: site,
    receives: true,
    user,
    daemons: [`rbd-mirror.${site}`],
    facts,
    users: await seen(recorded, `${site}-storage-1`, preflightUsers({ entities })),
    hosts: [{ name, facts: await seen(recorded, name, host) }],
  }
}

const update = process.env.GOLDEN_UPDATE === '1'

describe('pitfalls, from what was captured on the lab', () => {
  for (const file of readdirSync(folder))
    test(file.replace('.json', '').replaceAll('-', ' '), async () => {
      const raw = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      const recorded = fixture.parse(raw)
      const found = findPitfalls(await factsOf(recorded))
      if (update) writeFileSync(join(folder, file), `${JSON.stringify({ ...raw, expected: found }, null, 2)}\n`)
      else expect(found).toEqual(recorded.expected)
    })
})

describe('pitfalls, of a pair that is otherwise well', () => {
  const healthy = fixture.parse(JSON.parse(readFileSync(join(folder, 'healthy.json'), 'utf8')))
  const kindsOf = (facts: PreflightFacts) => findPitfalls(facts).map(({ kind, where }) => `${kind} ${where}`)
  /** The pair with one of its sides as a function makes it. */
  const with_ = async (change: (west: SideFacts, east: SideFacts) => SideFacts) => {
    const { sides } = await factsOf(healthy)
    return kindsOf({ pool, sides: [sides[0], change(sides[1], sides[0])] })
  }

  test('both sites are one cluster: nothing else is said', async () => {
    const found = await with_((west, east) => ({ ...west, facts: { ...west.facts, fsid: east.facts.fsid } }))
    expect(found).toEqual(['own-cluster east and west'])
  })

  test('clocks that differ by more than ten seconds, as all hosts see it', async () => {
    const later = (west: SideFacts, seconds: number, hosts: number) => ({
      ...west,
      facts: { ...west.facts, clock: west.facts.clock + seconds },
      hosts: west.hosts.map(({ name, facts }) => ({ name, facts: { ...facts, clock: facts.clock + hosts } })),
    })
    expect(await with_((west) => later(west, 60, 61))).toEqual(['clock-skew west'])
    expect(await with_((west) => later(west, 60, 0))).toEqual([])
    expect(await with_((west) => later(west, 60, -60))).toEqual([])
  })

  test('a pool that is missing, or not mirrored', async () => {
    const missing = await with_((west) => ({ ...west, facts: { ...west.facts, pool: undefined } }))
    expect(missing).toContain('pool-missing west')
    const off = await with_((west) => ({
      ...west,
      facts: {
        ...west.facts,
        pool: west.facts.pool && {
          ...west.facts.pool,
          mirroring: { mode: 'disabled', siteName: undefined, peers: [] },
        },
      },
    }))
    expect(off).toContain('mirroring-off west')
  })

  test('a peer whose name could not be read', async () => {
    const found = await with_((west, east) => {
      const own = west.facts.pool
      if (!own) throw new Error('no pool')
      const peers = own.mirroring.peers.map((peer) => ({ ...peer, site: east.facts.fsid }))
      return { ...west, facts: { ...west.facts, pool: { ...own, mirroring: { ...own.mirroring, peers } } } }
    })
    expect(found).toEqual(['name-unreadable west'])
  })

  test('a site that is meant to send only, and receives', async () => {
    expect(await with_((west) => ({ ...west, receives: false }))).toEqual(['two-way west'])
  })

  test('daemons that the inventory does not know, before sites are linked, too', async () => {
    expect(await with_((west) => ({ ...west, daemons: ['rbd-mirror.tokyo', 'admin'] }))).toEqual(['by-hand west'])
    expect(await with_((west) => ({ ...west, daemons: ['west'] }))).toEqual([])
    const { sides } = await factsOf(healthy)
    const [stranger] = findPitfalls({ pool, sides: [sides[0], { ...sides[1], daemons: [] }] })
    expect(stranger).toMatchObject({
      stage: 'link',
      stops: true,
      seen: expect.stringContaining('runs on west-mirror-1 as west'),
    })
  })

  test('callouts of the daemons, of this pool and of another', async () => {
    const complaining = (status: NonNullable<NonNullable<SiteFacts['pool']>['status']>) => ({
      ...status,
      daemons: status.daemons.map((daemon) => ({ ...daemon, callouts: ['unable to connect to remote cluster'] })),
    })
    const found = await with_((west) => {
      const own = west.facts.pool
      if (!own?.status) throw new Error('no pool')
      const status = complaining(own.status)
      return {
        ...west,
        facts: { ...west.facts, pool: { ...own, status }, otherPools: [{ ...own, name: 'other', status }] },
      }
    })
    expect(found).toEqual(['callout west-mirror-1', 'other-pool west'])
  })

  test('images that lack what mirroring needs, or were cut off', async () => {
    const found = await with_((west) => {
      const [image] = Object.values(west.facts.parents)
      const lone = {
        name: 'plain',
        id: '1',
        size: 1,
        objectSize: 1,
        features: ['layering'],
        dataPool: undefined,
        snapshots: 0,
        parent: undefined,
        mirroring: undefined,
      }
      return { ...west, facts: { ...west.facts, unmirrored: [image ?? lone], disconnected: ['journal-1'] } }
    })
    expect(found).toEqual(['journal-cut-off east', 'no-exclusive-lock west'])
  })

  test('files of the other site that lead elsewhere, or are rejected', async () => {
    const files = (fsid: string | undefined) =>
      with_((west) => ({
        ...west,
        hosts: west.hosts.map(({ name, facts }) => ({
          name,
          facts: { ...facts, files: [{ site: 'east', fsid, complaint: '[errno 13] error connecting to the cluster' }] },
        })),
      }))
    expect(await files(undefined)).toEqual(['peer-key west-mirror-1'])
    expect(await files('00000000-0000-0000-0000-000000000000')).toEqual(['wrong-token west-mirror-1'])
  })
})
