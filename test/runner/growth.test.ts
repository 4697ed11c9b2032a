import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { block } from '../../src/core/block.ts'
import type { RunEvent } from '../../src/core/events.ts'
import { hostVar } from '../../src/core/host.ts'
import { play } from '../../src/core/playbook.ts'
import { Secret } from '../../src/core/secret.ts'
import { standIn } from '../../src/core/stand-in.ts'
import { type Task, task } from '../../src/core/task.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { addHost } from '../../src/modules/add-host.ts'
import { groupBy } from '../../src/modules/group-by.ts'
import { setFact } from '../../src/modules/set-fact.ts'
import { planPlays } from '../../src/runner/plan-plays.ts'
import { finishedTasks } from '../../src/runner/resume.ts'
import { folderOf, rejection } from '../inventory/helpers.ts'
import { cat, createLab, type Run, text } from './support.ts'

const files = {
  'hosts.yml': 'all: {children: {web: {hosts: {a: , b: }}, db: {hosts: {c: {ansible_host: 192.0.2.3}}}}}',
  'group_vars/odd.yml': 'size: large',
  'group_vars/numbers.yml': '{size: small, unit: MB}',
  'host_vars/new.yml': 'unit: GB',
}

const { path: folder, remove } = folderOf(files)
afterAll(remove)
const load = () => loadInventory([join(folder, 'hosts.yml')])

const note = (path = 'note') => task('note', text({ path, content: 'x' }))
const sorted = groupBy({ groups: ['odd', 'even'], key: ({ host }) => (host.name === 'b' ? 'even' : 'odd') })
const grouping = play({ name: 'group', hosts: 'web', tasks: [task('group', sorted)] })
const adding = play({
  name: 'add',
  hosts: 'a',
  tasks: [task('add', addHost({ name: 'new', groups: ['made'], vars: { ansible_host: '192.0.2.9' } }))],
})
const hostsOf = ({ events }: Pick<Run, 'events'>) =>
  events.flatMap((event) => (event.type === 'play.start' ? [event.hosts.join(' ')] : []))
const notesOf = ({ events }: Run) => events.flatMap((event) => (event.type === 'host.end' ? [event.note] : []))

describe('setFact', () => {
  test('gives later tasks values of their type, and changes nothing', async () => {
    const lab = createLab('a', 'b')
    const fact = task(
      'fact',
      setFact(({ host }) => ({ path: `${host.name}.txt`, times: 2 })),
    )
    const use = task(
      'use',
      text(({ output }) => ({ path: output(fact).path, content: 'x'.repeat(output(fact).times) })),
    )
    await lab.run([play({ name: 'p', hosts: 'all', tasks: [fact] })])
    expect(lab.requests.get('a')).toEqual([])
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [fact, use] })])
    expect(run.ends).toEqual(['fact a ok', 'fact b ok', 'use a changed', 'use b changed'])
    expect(lab.read('b', 'b.txt')).toBe('xx')
  })

  test('is known in a plan; what it is made from values that only apply will tell stays open', async () => {
    const source = task('source', text({ path: 'key', content: 'from a' }))
    const fact = task(
      'fact',
      setFact(({ output }) => ({ key: output(source) })),
    )
    const run = await createLab('a').run([play({ name: 'p', hosts: 'a', tasks: [fact] })], { check: true })
    expect(run.failures.a).toContain('"source" has not run on a')
    const both = await createLab('a').run([play({ name: 'p', hosts: 'a', tasks: [source, fact] })], { check: true })
    expect(notesOf(both)).toEqual([undefined, expect.stringContaining('known only after apply')])
  })
})

describe('groupBy', () => {
  test('puts hosts into groups for the plays that come, with their variables and their parents', async () => {
    const lab = createLab('a', 'b', 'c')
    const where = task(
      'where',
      text(({ host, hosts }) => ({
        path: 'where',
        content: [hostVar(host, 'size', z.string()), ...host.groups, ...hosts('odd').map(({ name }) => name)].join(' '),
      })),
    )
    const inventory = await load()
    const key = groupBy({ groups: ['odd'], key: () => 'odd', parents: ['numbers'] })
    const plays = [
      play({ name: '1', hosts: 'a:c', tasks: [task('group', key)] }),
      play({ name: '2', hosts: 'odd:!db', tasks: [where] }),
      play({ name: '3', hosts: 'numbers:&db', tasks: [note()] }),
    ]
    const run = await lab.run(plays, {}, inventory)
    expect(hostsOf(run)).toEqual(['a c', 'a', 'c'])
    expect([run.failures, run.ends.slice(0, 2)]).toEqual([{}, ['group a ok', 'group c ok']])
    expect(inventory.groups.has('odd')).toBe(false)
  })

  test('has effect from the next play on, batches and plays of the same run before it untouched', async () => {
    const lab = createLab('a', 'b')
    const plays = [
      play({ name: '1', hosts: 'web', serial: 1, tasks: [task('group', sorted)] }),
      play({ name: '2', hosts: 'odd', tasks: [note()] }),
      play({ name: '3', hosts: 'e*', tasks: [note()] }),
      play({ name: '4', hosts: 'web:!odd', tasks: [note('other')] }),
    ]
    const run = await lab.run(plays, {}, await load())
    expect(hostsOf(run)).toEqual(['a b', 'a', 'b', 'b'])
    expect(notesOf(run)[0]).toBe('from the next play on: a in odd')
  })

  test('groups in a plan, too', async () => {
    const run = await createLab('a', 'b').run(
      [grouping, play({ name: '2', hosts: 'odd', tasks: [note()] })],
      { check: true },
      await load(),
    )
    expect([hostsOf(run), run.exitCode]).toEqual([['a b', 'a'], 0])
  })

  test('that did not run leaves its groups empty: that is no mistake', async () => {
    const skipped = play({ name: '1', hosts: 'web', tasks: [task('group', sorted, { when: () => false })] })
    const plays = [skipped, play({ name: '2', hosts: 'odd:even[0]', tasks: [note()] })]
    const run = await createLab('a', 'b').run(plays, {}, await load())
    expect([hostsOf(run), run.exitCode]).toEqual([['a b', ''], 0])
  })

  test('is done again by a run that is resumed or starts at a later task', async () => {
    const lab = createLab('a', 'b')
    const plays = [grouping, play({ name: '2', hosts: 'odd', tasks: [note()] })]
    const first = await lab.run(plays, { check: true }, await load())
    const interrupted: readonly RunEvent[] = first.events.filter(
      (event) => !('task' in event) || event.type === 'task.start' || event.task.startsWith('1.'),
    )
    const resumed = await lab.run(plays, { resume: finishedTasks(interrupted) }, await load())
    expect(resumed.ends).toEqual(['group a ok', 'group b ok', 'note a changed'])
    const started = await createLab('a', 'b').run(plays, { startAt: 'note' }, await load())
    expect(started.ends).toEqual(['group a ok', 'group b ok', 'note a changed'])
  })

  test('is refused where a group would have the name of a host, or would be below itself', async () => {
    const named = task('named', groupBy({ key: 'c' }))
    const circle = task('circle', groupBy({ key: 'web', parents: ['web'] }))
    const run = async (one: Task<string>) =>
      createLab('a', 'b').run([play({ name: '1', hosts: 'a', tasks: [one] })], {}, await load())
    expect((await run(named)).failures.a).toContain('"c" is the name of a group and of a host')
    expect((await run(circle)).failures.a).toContain('the groups form a circle: web → web')
  })
})

describe('addHost', () => {
  test('adds a host with variables for the plays that come, and its host_vars and groups count', async () => {
    const lab = createLab('a', 'b', 'new')
    const tell = task(
      'tell',
      text(({ host, hosts }) => ({
        path: 'told',
        content: [host.vars.ansible_host, host.vars.unit, ...host.groups, hosts('all').length].join(' '),
      })),
    )
    const delegated = task('delegated', text({ path: 'from-b', content: 'x' }), { delegateTo: 'new' })
    const plays = [
      adding,
      play({ name: '2', hosts: 'made', tasks: [tell] }),
      play({ name: '3', hosts: 'b', tasks: [delegated] }),
    ]
    const run = await lab.run(plays, {}, await load())
    expect([run.failures, hostsOf(run)]).toEqual([{}, ['a', 'new', 'b']])
    expect(lab.read('new', 'from-b')).toBe('x')
    expect(run.ends[0]).toBe('add a ok')
    const end = run.events.find((event) => event.type === 'run.end')
    expect(end).toMatchObject({ recap: [{ host: 'a' }, { host: 'new' }, { host: 'b' }], connections: 1 })
  })

  test('can be named by its name, in a block or a handler of an earlier play; its variables are computed', async () => {
    const lab = createLab('a', 'new')
    const size = task('size', setFact({ size: 3 }))
    const added = addHost({ name: 'new', vars: ({ output }) => ({ size: output(size).size }) })
    const use = task(
      'use',
      text(({ host }) => ({ path: 'size', content: String(hostVar(host, 'size', z.int())) })),
    )
    const plays = [
      play({ name: '1', hosts: 'a', tasks: [size, block({ tasks: [task('add', added)] })] }),
      play({ name: '2', hosts: 'new', tasks: [use] }),
    ]
    await lab.run(plays, {}, await load())
    expect(lab.read('new', 'size')).toBe('3')
  })

  test('gives a host that is there more groups and variables, but no other way to it', async () => {
    const lab = createLab('a', 'b', 'c')
    const more = task(
      'more',
      addHost({ name: 'c', groups: ['made'], vars: { ansible_host: '192.0.2.3', size: 'small' } }),
    )
    const other = task('other', addHost({ name: 'c', vars: { ansible_host: '192.0.2.4' } }), { ignoreErrors: true })
    const plays = [
      play({ name: '1', hosts: 'a', tasks: [more, other] }),
      play({ name: '2', hosts: 'made:&db', tasks: [task('has', cat({ path: '/dev/null' }))] }),
    ]
    const run = await lab.run(plays, {}, await load())
    expect(hostsOf(run)).toEqual(['a', 'c'])
    expect(run.failures).toEqual({ a: 'host "c" is in the inventory already, with another ansible_host or none' })
  })

  test('tells secrets apart, and says none', async () => {
    const add = (name: string, password: string) =>
      task(name, addHost({ name: 'new', vars: { ansible_password: new Secret(password) } }), { ignoreErrors: true })
    const tasks = [add('new', 'battery staple'), add('same', 'battery staple'), add('other', 'correct horse')]
    const run = await createLab('a').run([play({ name: '1', hosts: 'a', tasks })], {}, await load())
    expect(run.ends).toEqual(['new a ok', 'same a ok', 'other a failed'])
    expect(JSON.stringify(run.events)).not.toMatch(/battery|horse/)
  })

  test.each(['web:22', 'new[1:3]', 'web', 'two words'])('is refused for the name %s', async (name) => {
    const one = play({ name: '1', hosts: 'a', tasks: [task('add', addHost({ name }))] })
    const run = await createLab('a').run([one], {}, await load())
    expect([run.exitCode, run.failures.a]).toEqual([
      4,
      expect.stringContaining(name === 'web' ? 'a group and of a host' : 'no name'),
    ])
  })

  test('whose address only apply will tell is left out of the plan, and told', async () => {
    const address = task('address', setFact({ is: standIn('the address') }))
    const made = task('made', { ...setFact({}), prepare: () => predicted })
    const predicted = {
      hasOutput: true,
      observe: async () => ({ changes: [], output: undefined, foresee: () => ({ is: standIn('the address') }) }),
      outputNow: async () => undefined,
      observeAbsent: () => ({ changes: [], output: undefined }),
    }
    const vars = task(
      'add',
      addHost({
        name: 'new',
        groups: ['made'],
        vars: ({ output }) => ({ ansible_host: output(made as typeof address).is }),
      }),
    )
    const plays = [
      play({ name: '1', hosts: 'a', tasks: [made, vars] }),
      play({ name: '2', hosts: 'made', tasks: [note()] }),
    ]
    const run = await createLab('a').run(plays, { check: true }, await load())
    expect([hostsOf(run), run.exitCode]).toEqual([['a', ''], 0])
    expect(notesOf(run)[1]).toBe('known only after apply, and left out of the plays below')
  })
})

describe('what may come is told beforehand', () => {
  const made = play({ name: 'made', hosts: 'made', tasks: [note()] })

  test('so that a slip, and a group that comes only later, are refused before anything is done', async () => {
    const inventory = await load()
    const planned = (...plays: (typeof made)[]) => rejection((async () => planPlays({ plays, inventory }))())
    const slip = play({ name: 'slip', hosts: 'mad', tasks: [note()] })
    expect((await planned(adding, slip)).message).toContain('no host and no group matches "mad"')
    expect((await planned(made, adding)).message).toContain('no host and no group matches "made"')
    expect(planPlays({ plays: [adding, made], inventory })[1]).toMatchObject({ hosts: [], expected: ['made', 'new'] })
  })

  test('and --limit is for added hosts, too', async () => {
    const both = play({ name: 'both', hosts: 'made:b', tasks: [note()] })
    const limited = async (limit: string) => createLab('a', 'b', 'new').run([adding, both], { limit }, await load())
    expect(hostsOf(await limited('a:new'))).toEqual(['a', 'new'])
    expect(hostsOf(await limited('a:made'))).toEqual(['a', 'new'])
    expect(hostsOf(await limited('a:b'))).toEqual(['a', 'b'])
    expect((await rejection(limited('new'))).message).toBe('--limit: no host matches "new"')
  })

  test('where --tags leaves the task out, its group is empty', async () => {
    const tagged = play({ name: 'tagged', hosts: 'a', tags: ['add'], tasks: adding.items })
    const settings = { skipTags: ['add'] }
    const run = await createLab('a').run([tagged, made], settings, await load())
    expect([hostsOf(run), run.exitCode]).toEqual([['a', ''], 0])
    const plays = [grouping, tagged, play({ name: 'b', hosts: 'b:made', tasks: [note()] })]
    const limited = await createLab('a', 'b').run(plays, { ...settings, limit: 'b:made' }, await load())
    expect([hostsOf(limited), limited.exitCode]).toEqual([['b', '', 'b'], 0])
  })
})
