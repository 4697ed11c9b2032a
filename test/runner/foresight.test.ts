import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { block } from '../../src/core/block.ts'
import { change } from '../../src/core/change.ts'
import { cmd } from '../../src/core/command.ts'
import type { RunEvent } from '../../src/core/events.ts'
import { defineModule } from '../../src/core/module.ts'
import { play } from '../../src/core/playbook.ts'
import { standIn } from '../../src/core/stand-in.ts'
import { handler, type Task, task } from '../../src/core/task.ts'
import { copy } from '../../src/modules/copy.ts'
import { directory } from '../../src/modules/directory.ts'
import { file } from '../../src/modules/file.ts'
import { lineinfile } from '../../src/modules/lineinfile.ts'
import { systemd } from '../../src/modules/systemd.ts'
import { plannedTasks, planToHold } from '../../src/runner/saved-plan.ts'
import { append, createLab, type Run, shell, text } from './support.ts'

/** A file with a number that the host thinks of; the number is its output. */
const identity = defineModule({
  ...text.definition,
  name: 'test.identity',
  args: z.strictObject({ path: z.string() }),
  *plan({ path }, have) {
    if (have === undefined) yield change(`think of ${path}`, cmd`sh -c ${'printf 42-$$ > "$1"'} sh ${path}`)
  },
  foresee: ({ path }) => standIn(`the number in ${path}`),
})

const number = task('number', identity({ path: 'id' }))
const useNumber = (name: string, from: Task<string>) =>
  task(
    name,
    text(({ output }) => ({ path: name, content: `number = ${output(from)}\n` })),
  )

const ends = ({ events }: Run) =>
  events.flatMap((event) => (event.type === 'host.end' ? [event as Extract<RunEvent, { type: 'host.end' }>] : []))
const summaries = (run: Run) => ends(run).flatMap(({ changes }) => changes.map(({ summary }) => summary))
const onAll = (...tasks: Parameters<typeof play>[0]['tasks']) => [play({ name: 'p', hosts: 'all', tasks })]

describe('a value that is known only after apply', () => {
  test('stands as such inside later changes, and what is planned is what is made', async () => {
    const lab = createLab('a')
    const plays = onAll(number, useNumber('conf', number))
    const planned = await lab.run(plays, { check: true })
    expect(ends(planned)[1]?.changes).toEqual([
      expect.objectContaining({
        summary: 'write conf',
        open: true,
        diff: { path: 'conf', before: undefined, after: 'number = (known after apply: the number in id)\n' },
      }),
    ])
    const made = await lab.run(plays)
    expect(summaries(made)).toEqual(summaries(planned))
    expect(lab.read('a', 'conf')).toMatch(/^number = 42-\d+\n$/)
  })

  test('a saved plan with one is applied, whatever it comes to be, and nothing else is', async () => {
    const lab = createLab('a')
    const plays = onAll(number, useNumber('conf', number))
    const planned = await lab.run(plays, { check: true })
    const made = await lab.run(plays, { plan: planToHold(plannedTasks(planned.events)) })
    expect({ ends: made.ends, failures: made.failures }).toEqual({
      ends: ['number a changed', 'conf a changed'],
      failures: {},
    })
    const other = await createLab('a').run(onAll(number, useNumber('other', number)), {
      plan: planToHold(plannedTasks(planned.events)),
    })
    expect(other.failures.a).toMatch(/"other" was to write conf, and would now write other/)
  })

  test('that does not fit an argument leaves that task unforeseen, and the plan goes on', async () => {
    const lab = createLab('a')
    const small = defineModule({
      ...text.definition,
      name: 'test.small',
      args: z.strictObject({ path: z.string(), content: z.string().max(9) }),
    })
    const picky = task(
      'picky',
      small(({ output }) => ({ path: 'p', content: output(number) })),
    )
    const planned = await lab.run(onAll(number, picky, task('last', append({ path: 'x', word: 'y' }))), { check: true })
    expect(ends(planned)[1]).toMatchObject({ status: 'changed', unforeseen: true, note: 'known only after apply' })
    expect(planned.exitCode).toBe(0)
  })
})

describe('what hangs on something that is known only after apply', () => {
  const unknown = task('unknown', text({ path: 'key', content: 'k' }))
  const dependent = task('dependent', text({ path: 'd', content: '1' }), {
    when: ({ output }) => output(unknown) === 'k',
  })

  test('is planned as conditional, with the reason', async () => {
    const planned = await createLab('a').run(onAll(unknown, dependent), { check: true })
    expect(ends(planned)[1]).toMatchObject({
      status: 'changed',
      note: expect.stringContaining('known only after apply: its condition needs the output of "unknown" on a'),
      changes: [{ summary: 'write d', maybe: expect.stringContaining('its condition') }],
    })
  })

  test('so are a block, and the handler of a change that is conditional', async () => {
    const restart = handler('restart', shell({ line: 'true' }))
    const inBlock = block({
      when: ({ output }) => output(unknown) === 'k',
      tasks: [task('inside', text({ path: 'i', content: '1' }), { notify: restart })],
    })
    const planned = await createLab('a').run(onAll(unknown, inBlock), { check: true })
    expect(ends(planned).map(({ changes }) => changes.map(({ maybe }) => maybe))).toEqual([
      [undefined],
      [expect.stringContaining('whether its block runs')],
      ['runs if "inside" changes something'],
    ])
  })

  test('a saved plan is kept with it and without it', async () => {
    const lab = createLab('a')
    const planned = await lab.run(onAll(unknown, dependent), { check: true })
    const plan = planToHold(plannedTasks(planned.events))
    expect((await lab.run(onAll(unknown, dependent), { plan })).ends).toEqual([
      'unknown a changed',
      'dependent a changed',
    ])
    const without = task('dependent', text({ path: 'd', content: '1' }), { when: () => false })
    expect((await createLab('a').run(onAll(unknown, without), { plan })).ends).toEqual([
      'unknown a changed',
      'dependent a skipped',
    ])
  })
})

describe('files that a plan will leave', () => {
  test('are there for later tasks of the plan, and what is planned is what is made', async () => {
    const lab = createLab('a')
    const at = (path: string) => `${lab.folder('a')}/${path}`
    const plays = onAll(
      task('folder', directory({ path: at('conf.d') })),
      task('whole', copy({ dest: at('conf.d/x'), content: 'one = 1\ntwo = 2\n', mode: '0600' })),
      task('line', lineinfile({ path: at('conf.d/x'), regexp: '^two', line: 'two = 3' })),
      task('mode', file({ path: at('conf.d/x'), mode: '0600' })),
      task('opened', file({ path: at('conf.d/x'), mode: '0644' })),
      task('gone', directory({ path: at('conf.d'), state: 'absent' })),
      task('again', lineinfile({ path: at('conf.d/x'), line: 'a', create: true })),
    )
    const planned = await lab.run(plays, { check: true })
    expect({ failures: planned.failures, files: lab.files('a') }).toEqual({ failures: {}, files: [] })
    expect(ends(planned)[2]?.changes[0]?.diff).toMatchObject({
      before: 'one = 1\ntwo = 2\n',
      after: 'one = 1\ntwo = 3\n',
    })
    const made = await lab.run(plays.slice(0, 1).map((one) => ({ ...one, items: one.items.slice(0, 6) })))
    expect(summaries(made)).toEqual(summaries(planned).slice(0, -1))
  })
})

test('what perhaps changed is no reason to leave what hangs on it unforeseen, where that says so', async () => {
  const maybe = defineModule({
    ...text.definition,
    name: 'test.maybe',
    *plan({ path }, have) {
      if (have === undefined) yield change(`write ${path}`, cmd`touch ${path}`, undefined, { maybe: 'it may be there' })
    },
  })
  const first = task('first', maybe({ path: 'first', content: '' }))
  const asks = (name: 'changed' | 'mayHaveChanged') =>
    task(
      name,
      text((context) => ({ path: name, content: String(context[name](first)) })),
    )
  const lab = createLab('a')
  const plays = onAll(first, asks('changed'), asks('mayHaveChanged'))
  const planned = await lab.run(plays, { check: true })
  expect(ends(planned).map(({ unforeseen = false }) => unforeseen)).toEqual([false, true, false])
  await lab.run(plays)
  expect([lab.read('a', 'changed'), lab.read('a', 'mayHaveChanged')]).toEqual(['true', 'true'])
})

test('all that was changed until a condition came true is told', async () => {
  const lab = createLab('a')
  const grow = defineModule({
    ...text.definition,
    name: 'test.grow',
    args: z.strictObject({ path: z.string() }),
    *plan({ path }, have = '') {
      if (have.length < 3) yield change(`letter ${have.length + 1}`, cmd`sh -c ${'printf x >> "$1"'} sh ${path}`)
    },
  })
  const grown = task('grow', grow({ path: 'x' }), {
    until: { condition: 'it has three', met: (seen) => seen.length === 3, delay: 0 },
  })
  expect(summaries(await lab.run(onAll(grown)))).toEqual(['letter 1', 'letter 2', 'letter 3'])
})

test('a unit that its package brings may be enabled and started by it; an instance only if it was left enabled', () => {
  const doubts = (unit: string, leftEnabled = false) => {
    const args = systemd.definition.args.parse({ unit, enabled: true, state: 'started' })
    const changes = systemd.definition.plan(args, { ...systemd.definition.absent, leftEnabled })
    return [...changes].map(({ summary, maybe }) => `${summary}${maybe ? '?' : ''}`)
  }
  expect(doubts('a.target')).toEqual(['enable a.target?', 'start a.target?'])
  expect(doubts('a@b')).toEqual(['enable a@b?', 'start a@b'])
  expect(doubts('a@b', true)).toEqual(['enable a@b?', 'start a@b?'])
})
