import { expect, test } from '@jest/globals'
import { type DrStatus, drStatusLines } from '../../src/report/dr-status.ts'

type Image = DrStatus['images'][number]

const daemon = { host: 'east-mirror-1', leader: true, health: 'OK', callouts: [] }
const sites = [
  { site: 'east', seen: true, daemons: [daemon], others: ['scratch'] },
  { site: 'west', seen: true, daemons: [], others: [] },
]

const image = (name: string, more: Partial<Image> = {}): Image => ({
  name,
  globalId: name,
  mode: 'journal',
  verdict: 'healthy',
  health: 'healthy',
  problem: undefined,
  mend: undefined,
  lag: { entries: 0, seconds: undefined },
  sides: [
    { site: 'east', role: 'primary', state: 'up+stopped', age: 3 },
    { site: 'west', role: 'secondary', state: 'up+replaying', age: 12 },
  ],
  ...more,
})

const show = (status: Partial<DrStatus>, all = false) =>
  drStatusLines({ pool: 'vms', health: 'healthy', sites, images: [], ...status }, { colour: false, all }).join('\n')

test('sites with their daemons, and a row an image', () => {
  expect(
    show({ images: [image('a'), image('b', { lag: { entries: undefined, seconds: 35 }, mode: 'snapshot' })] }),
  ).toBe(`pool vms: healthy, 2 images (2 healthy)

east: daemons east-mirror-1 (leader); 1 image not mirrored
west: daemons none

IMAGE  MODE      EAST     WEST       BEHIND     REPORTED  VERDICT
a      journal   primary  secondary  0 entries  12 s ago  healthy
b      snapshot  primary  secondary  35 s       12 s ago  healthy`)
})

test('a site where mirroring is off in the pool is told apart from one that cannot be looked at', () => {
  const [east] = sites
  const off = { site: 'west', seen: true, notMirrored: true, daemons: [], others: ['a'] }
  expect(show({ health: 'degraded', sites: east ? [east, off] : [] })).toContain(`west: mirroring is off in this pool
  try: playbook run preflight.ts -e pool=vms`)
})

test('what is wrong comes first, is said once for all images that have it, with what mends it', () => {
  const torn = (name: string) =>
    image(name, {
      verdict: 'two-primaries',
      health: 'broken',
      problem: 'it is primary on both sites',
      mend: 'playbook dr failback --loser SITE',
    })
  const text = show({ health: 'broken', images: [image('a'), torn('x'), torn('y')] })
  expect(text.indexOf('\nx ')).toBeLessThan(text.indexOf('\na '))
  expect(text).toContain(`x, y: it is primary on both sites
  try: playbook dr failback --loser SITE`)
})

test('10,000 images that are well are one line, unless all are asked for', () => {
  const images = Array.from({ length: 10_000 }, (_, index) => image(`i${index}`))
  expect(show({ images })).toContain('10000 more images: all well (--all shows them)')
  expect(show({ images }).split('\n').length).toBeLessThan(12)
  expect(show({ images }, true).split('\n').length).toBeGreaterThan(10_000)
})

test('a site that does not answer is said to be silent, and names cannot move the cursor', () => {
  const silent = [sites[0], { site: 'west', seen: false, daemons: [], others: [] }].flatMap((site) => site ?? [])
  expect(show({ sites: silent, images: [image('evil\u001b[2J')] })).toContain('west: cannot be looked at')
  expect(show({ images: [image('evil\u001b[2J')] })).not.toContain('\u001b')
})

test('of many images with the same fault the first are shown, unless all are asked for', () => {
  const stale = (_: unknown, index: number) =>
    image(`i${index}`, { verdict: 'stale', health: 'degraded', problem: `west last reported ${index} s ago` })
  const images = Array.from({ length: 10_000 }, stale)
  const text = show({ health: 'degraded', images })
  expect(text.split('\n')).toHaveLength(19)
  expect(text).toContain('9990 more images with the same faults (--all shows them)')
  expect(text).toContain('i0, i1, i2 and 9997 more: west last reported some s ago')
  expect(show({ health: 'degraded', images }, true).split('\n').length).toBeGreaterThan(10_000)
})

test('canaries tell each direction in seconds, and images mirrored by a journal do, too', () => {
  const canaries = [
    { from: 'east', to: 'west', seconds: 4, silent: undefined },
    { from: 'west', to: 'east', seconds: undefined, silent: 900 },
  ]
  const text = show({ canaries, images: [image('a', { lag: { entries: 3, seconds: 4 } })] })
  expect(text).toContain(`
canary east to west: all that was written until 4 s ago is there
canary west to east: not written for 900 s; systemctl status 'ceph-playbook-canary-*' at west
`)
  expect(text).toContain('secondary  3 entries, 4 s  12 s ago')
})

test('images that should be mirrored are named once for each reason, with what mends the first', () => {
  const lacking = (name: string, reason = 'no journal') => ({ name, reason, mend: `rbd feature enable vms/${name} x` })
  const east = {
    site: 'east',
    seen: true,
    daemons: [daemon],
    others: ['bare', 'vm-7', 'vm-8'],
    unmirrored: [lacking('vm-7'), lacking('bare', 'no lock'), lacking('vm-8')],
  }
  expect(
    show({ health: 'degraded', sites: [east] }),
  ).toContain(`east: daemons east-mirror-1 (leader); 3 images not mirrored
east: 2 images are not mirrored (vm-7, vm-8): no journal
  try: rbd feature enable vms/vm-7 x (and so each of them; --json has every command)
east: 1 image is not mirrored (bare): no lock
  try: rbd feature enable vms/bare x`)
  const unmirrored = Array.from({ length: 10_000 }, (_, index) => lacking(`i${index}`))
  const many = show({ health: 'degraded', sites: [{ ...east, unmirrored }] })
  expect(many).toContain('east: 10000 images are not mirrored (i0, i1, i2, i3, i4, i5, i6, i7, i8, i9 and 9990 more)')
  expect(many.split('\n')).toHaveLength(5)
})
