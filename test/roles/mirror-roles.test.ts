import { describe, expect, test } from '@jest/globals'
import { InputError } from '../../src/core/errors.ts'
import type { Host } from '../../src/core/host.ts'
import type { Task, TaskContext } from '../../src/core/task.ts'
import type { PoolStatus } from '../../src/modules/rbd/status.ts'
import { mirrorDaemon } from '../../src/roles/mirror-daemon.ts'
import { describeDaemons, isWell } from '../../src/roles/mirror-health.ts'
import { mirrorUser } from '../../src/roles/mirror-names.ts'
import { adminHere, adminOf, onAdmin, onAdminOf, siteName, sitePair } from '../../src/roles/mirror-site.ts'
import { mirrorCaps, siteAccess } from '../../src/roles/mirrored-pool.ts'
import { peerLink } from '../../src/roles/peer-link.ts'

describe('two sites', () => {
  test.each([['east,west'], ['east, west'], [['east', 'west']]])('%p', (given) =>
    expect(sitePair.parse(given)).toEqual(['east', 'west']),
  )
  test.each(['east', 'east,east', 'east,west,north', 'east,w st', ''])('%p are not two', (given) =>
    expect(sitePair.safeParse(given).success).toBe(false),
  )
  test('a site has a name that fits a file and a user', () => {
    expect(siteName.safeParse('tokyo-1').success).toBe(true)
    expect(siteName.safeParse('tokyo/1').success).toBe(false)
  })
})

describe('who administers a site', () => {
  const host = (name: string, site: string): Host => ({ name, groups: [site, 'mons'], vars: { site } })
  const [e1, e2, w1] = [host('e1', 'east'), host('e2', 'east'), host('w1', 'west')]
  const groups: Record<string, readonly Host[]> = { 'east:&mons': [e1, e2], 'west:&mons': [w1], 'north:&mons': [] }
  const context = (of: Host): TaskContext => ({
    host: of,
    hosts: (pattern) => groups[pattern] ?? [],
    output: () => {
      throw new Error('no task ran')
    },
    changed: () => false,
    mayHaveChanged: () => false,
    ran: () => false,
  })

  test('the first of its monitors', () => {
    expect(adminHere(context(e2))).toBe(e1)
    expect(adminOf(context(e2), 'west')).toBe(w1)
    expect([e1, e2, w1].map((of) => onAdmin(context(of)))).toEqual([true, false, true])
    expect([e1, e2, w1].map((of) => onAdminOf('west')(context(of)))).toEqual([false, false, true])
  })

  test('a site without one is the inventory’s fault', () => {
    expect(() => adminOf(context(e1), 'north')).toThrow(InputError)
    expect(() => adminOf(context(e1), 'north')).toThrow('the site north has no monitor')
  })
})

describe('what there is to wait for of the daemons of a site', () => {
  const host = (name: string): Host => ({ name, groups: ['east', 'rbdmirrors'], vars: { site: 'east' } })
  /** Whether each task changed a host; one that failed there is not among them. */
  type Done = Readonly<Record<string, Readonly<Record<string, boolean>>>>
  const context = (done: Done): TaskContext => {
    const changed = (task: Task<unknown>, of: Host | string = '') =>
      done[task.name]?.[typeof of === 'string' ? of : of.name]
    return {
      host: host('a'),
      hosts: () => ['a', 'b', 'c', 'd'].map(host),
      output: () => {
        throw new Error('no task ran')
      },
      changed: () => false,
      mayHaveChanged: (task, of) => {
        const answer = changed(task, of)
        if (answer === undefined) throw new Error(`${task.name} left nothing`)
        return answer
      },
      ran: (task, of) => changed(task, of) !== undefined,
    }
  }
  const { news } = mirrorDaemon({ access: siteAccess() })

  test('those that were started or restarted; not one whose restart failed, nor one that is as it was', () => {
    const done = {
      'Start the daemon': { a: true, b: false, c: false, d: false },
      'Restart it for what changed': { b: true, d: false },
    }
    expect(news(context(done))).toEqual({ started: 2, instancesBefore: undefined })
  })
})

describe('caps and names of a daemon’s user', () => {
  test('are those of the release', () => {
    expect(mirrorCaps(12)).toEqual({ mon: 'profile rbd', osd: 'profile rbd' })
    expect(mirrorCaps(16)).toEqual({ mon: 'profile rbd-mirror', osd: 'profile rbd' })
    expect(mirrorUser('east')).toBe('rbd-mirror.east')
  })
})

describe('whose data a site reads', () => {
  const options = { pool: 'p', peers: 'files', from: 'east', to: 'west' } as const
  test('one way: the receiver reads the sender', () => {
    const { source } = peerLink({ ...options, bothWays: false })
    expect([source('west'), source('east'), source('north')]).toEqual(['east', undefined, undefined])
  })
  test('both ways: each reads the other', () => {
    const { source } = peerLink({ ...options, bothWays: true })
    expect([source('west'), source('east')]).toEqual(['east', 'west'])
  })
})

describe('whether the daemons are well', () => {
  const daemon = { serviceId: '1', instanceId: '2', clientId: 'east', host: 'e1', version: '16.2.15' }
  const good = { ...daemon, leader: true, health: 'OK', callouts: [] }
  const bad = {
    ...daemon,
    host: 'e2',
    leader: false,
    health: 'ERROR',
    callouts: ['unable to connect to remote cluster'],
  }
  const status = (daemonHealth: string | undefined, daemons: PoolStatus['daemons'], health = 'OK'): PoolStatus => ({
    health,
    daemonHealth,
    imageHealth: 'OK',
    states: {},
    daemons,
    images: [],
  })

  test('one leads and none complains', () => {
    expect(isWell(status('OK', [good]))).toBe(true)
    expect(isWell(status('OK', [{ ...good, leader: false }]))).toBe(false)
    expect(isWell(status('ERROR', [good, bad]))).toBe(false)
    expect(isWell(status('UNKNOWN', []))).toBe(false)
  })

  test('as many are told of as were started', () => {
    const one = { ...status('OK', [good]), awaitedDaemons: 0 }
    expect([isWell(one), isWell({ ...one, awaitedDaemons: 1 })]).toEqual([true, false])
    expect(describeDaemons({ ...one, awaitedDaemons: 1 })).toBe(
      'OK, 1 daemons and 1 that have not registered yet, 1 leading',
    )
  })

  test('before Octopus only the whole is told', () => {
    expect(isWell(status(undefined, []))).toBe(true)
    expect(isWell(status(undefined, [], 'WARNING'))).toBe(false)
  })

  test('complaints are told with the host they come from', () =>
    expect(describeDaemons(status('ERROR', [good, bad]))).toBe(
      'ERROR, 2 daemons, 1 leading; e2: unable to connect to remote cluster',
    ))
})
