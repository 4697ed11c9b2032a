import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { LabUp } from '../../lab/index.ts'
import { atHost, atSite, endLab, eventually, mirrorLab, pairFolder } from './mirrored-pair.ts'
import { type Provoked, prelude, provoked } from './pitfalls.ts'
import { describeLongLab } from './support.ts'

const pool = 'vms'
const hosts = ['east-storage-1', 'east-mirror-1', 'west-storage-1', 'west-mirror-1']
const lab: LabUp = { ...mirrorLab, hosts }
const { attempt, run } = pairFolder()

afterAll(endLab)

describeLongLab('the preflight', lab, () => {
  let before = ''
  beforeAll(async () => {
    run('new-site.ts')
    run('bidirectional.ts', '-e', `pool=${pool}`, '-e', 'mode=image')
    await atSite(
      'east',
      `rbd info ${pool}/journal-1 >/dev/null 2>&1 || { rbd create --size 4M ${pool}/journal-1; rbd mirror image enable ${pool}/journal-1 journal; }`,
    )
    const addresses = Object.fromEntries(
      await Promise.all(
        hosts.map(async (host) => [host, (await atHost(host, 'hostname -I')).split(' ')[0] ?? ''] as const),
      ),
    )
    before = prelude(pool, addresses)
  })

  /** The kinds of pitfalls that it names, each once. */
  const kinds = async () => {
    const { stdout } = attempt('preflight.ts', '-e', `pool=${pool}`)
    const all = [...stdout.matchAll(/ \[([a-z-]+)\]\\n/g)].map(([, kind = '']) => kind)
    return [...new Set(all)].sort()
  }
  const all = async (scripts: Provoked['break']) => {
    for (const [host, script] of scripts) await atHost(host, before + script)
  }

  test('of a pair that works it has nothing to say, and it changes nothing', async () => {
    await eventually(kinds, [], 180)
    const { code, changes } = attempt('preflight.ts', '-e', `pool=${pool}`)
    expect({ code, changes }).toEqual({ code: 0, changes: [] })
  })

  test.each(Object.entries(provoked))('it names %s', async (_, { kinds: expected, break: broken, mend }) => {
    await all(broken)
    try {
      await eventually(async () => (await kinds()).filter((kind) => expected.includes(kind)), [...expected].sort(), 120)
    } finally {
      await all(mend)
    }
    await eventually(async () => (await kinds()).filter((kind) => kind !== 'callout'), [], 180)
    if ((await kinds()).includes('callout')) await restartDaemons()
    await eventually(kinds, [], 180)
  })

  /** As it says itself: a daemon may go on complaining when the cause is mended. */
  const restartDaemons = async () => {
    for (const host of ['east-mirror-1', 'west-mirror-1'])
      await atHost(host, 'systemctl reset-failed; systemctl restart ceph-rbd-mirror.target')
  }

  test('it names a pool that is missing at one site, and a pair of sites that is one', async () => {
    await atSite(
      'east',
      'rbd mirror pool info lonely 2>/dev/null || { ceph osd pool create lonely 8; rbd pool init lonely; rbd mirror pool enable lonely image; }',
    )
    const { code, stdout } = attempt('preflight.ts', '-e', 'pool=lonely')
    expect(code).toBe(4)
    expect(stdout).toMatch(/must be mended: west: there is no pool lonely/)
    await atSite(
      'east',
      'ceph config set mon mon_allow_pool_delete true; ceph osd pool rm lonely lonely --yes-i-really-really-mean-it',
    )
  })
})
