import { describe, expect, test } from '@jest/globals'
import { block } from '../../src/core/block.ts'
import { TaskFailed } from '../../src/core/errors.ts'
import { defineModule } from '../../src/core/module.ts'
import { play } from '../../src/core/playbook.ts'
import { type Task, type TaskContext, task } from '../../src/core/task.ts'
import { command } from '../../src/modules/command.ts'
import { append, cat, createLab, sharedText, shell, text } from './support.ts'

describe('outputs', () => {
  const source = task('source', text({ path: 'key', content: 'from a' }))
  const carry = (from: Task<string>) =>
    task(
      'carry',
      text(({ output }) => ({ path: 'copy', content: output(from, 'a') })),
    )

  test('carry a value from one host to another', async () => {
    const lab = createLab('a', 'b')
    await lab.run([
      play({ name: '1', hosts: 'a', tasks: [source] }),
      play({ name: '2', hosts: 'b', tasks: [carry(source)] }),
    ])
    expect(lab.read('b', 'copy')).toBe('from a')
  })

  test('are read anew after a change', async () => {
    const lab = createLab('a')
    await lab.run([play({ name: '0', hosts: 'a', tasks: [task('old', text({ path: 'key', content: 'old' }))] })])
    await lab.run([play({ name: '1', hosts: 'a', tasks: [source, carry(source)] })])
    expect(lab.read('a', 'copy')).toBe('from a')
  })

  test('are told also where the plan refuses what it has brought about', async () => {
    const lab = createLab('a')
    const once = defineModule({
      ...text.definition,
      name: 'test.once',
      *plan(args, have) {
        if (have !== undefined) throw new TaskFailed({ summary: 'it is there already' })
        yield* text.definition.plan(args, have)
      },
    })
    const made = task('made', once({ path: 'key', content: 'from a' }))
    const run = await lab.run([play({ name: '1', hosts: 'a', tasks: [made, carry(made)] })])
    expect(run.failures).toEqual({})
    expect(lab.read('a', 'copy')).toBe('from a')
  })

  test('that are known only after apply are shown as such by check, and the plan goes on', async () => {
    const lab = createLab('a')
    const after = task('after', text({ path: 'z', content: '1' }))
    const run = await lab.run([play({ name: '1', hosts: 'a', tasks: [source, carry(source), after] })], { check: true })
    expect(run.ends).toEqual(['source a changed', 'carry a changed', 'after a changed'])
    const carried = run.events.find((event) => event.type === 'host.end' && event.task === '1.2')
    expect(carried).toMatchObject({ note: expect.stringContaining('known only after apply') })
    expect(run.exitCode).toBe(0)
  })

  test('of a task that never ran are an error that names it', async () => {
    const lab = createLab('a', 'b')
    const run = await lab.run([play({ name: '1', hosts: 'b', tasks: [carry(source)] })])
    expect(run.failures.b).toContain('"source" has not run on a')
  })
})

describe('whether a task changed something', () => {
  const never = task('never', text({ path: 'never', content: 'x' }), { when: () => false })
  const next = (when: (context: TaskContext) => boolean) => task('next', text({ path: 'z', content: '1' }), { when })

  test('is no where its condition did not hold, and in a plan, too', async () => {
    const tasks = [never, next(({ changed }) => !changed(never))]
    for (const check of [true, false]) {
      const run = await createLab('a').run([play({ name: '1', hosts: 'a', tasks })], { check })
      expect([run.ends, run.failures]).toEqual([['never a skipped', 'next a changed'], {}])
    }
  })

  test('is an error for a task that never came to that host; so is the output of one that was skipped', async () => {
    const lab = createLab('a', 'b')
    const elsewhere = play({ name: '1', hosts: 'b', tasks: [never, next(({ changed }) => changed(never, 'a'))] })
    expect((await lab.run([elsewhere])).failures.b).toContain('"never" has not run on a')
    const needing = task(
      'needing',
      text(({ output }) => ({ path: 'copy', content: output(never) })),
    )
    const skipped = play({ name: '1', hosts: 'a', tasks: [never, needing] })
    for (const check of [true, false])
      expect((await lab.run([skipped], { check })).failures.a).toContain('"never" has not run on a')
  })
})

test('whether a task ran tells a good end from a failure, a skip, and a host that was never asked', async () => {
  const fine = task('fine', text({ path: 'x', content: '1' }))
  const bad = task('bad', command({ shell: 'exit 3' }), { ignoreErrors: true })
  const skipped = task('skipped', text({ path: 'y', content: '1' }), { when: () => false })
  const told = task(
    'told',
    text(({ ran }) => ({
      path: 'told',
      content: [ran(fine), ran(bad), ran(skipped), ran(fine, 'b')].join(' '),
    })),
  )
  const lab = createLab('a', 'b')
  await lab.run([play({ name: '1', hosts: 'a', tasks: [fine, bad, skipped, told] })])
  expect(lab.read('a', 'told')).toBe('true false false false')
})

describe('what a command said', () => {
  const ask = task('ask', command({ shell: 'echo out; echo err >&2', creates: '/nonexistent/guard' }))
  const tell = task(
    'tell',
    text(({ output }) => ({ path: 'told', content: output(ask).stdout + output(ask).stderr })),
  )

  test('is its output where it was run, and known only after apply in a plan', async () => {
    const lab = createLab('a')
    const plays = [play({ name: 'p', hosts: 'a', tasks: [ask, tell] })]
    const planned = await lab.run(plays, { check: true })
    expect(planned.events).toContainEqual(
      expect.objectContaining({ unforeseen: true, note: expect.stringContaining('needs the output of "ask" on a') }),
    )
    expect((await lab.run(plays)).ends).toEqual(['ask a changed', 'tell a changed'])
    expect(lab.read('a', 'told')).toBe('out\nerr\n')
  })

  test('is missing where it was not run, which is said; so is what is sensitive', async () => {
    const done = task('done', command({ argv: ['true'], creates: '/' }))
    const secret = task('secret', command({ argv: ['echo', 'x'], sensitive: true }))
    for (const source of [done, secret]) {
      const needs = task(
        'needs',
        text(({ output }) => ({ path: 'told', content: output(source).stdout })),
      )
      const run = await createLab('a').run([play({ name: 'p', hosts: 'a', tasks: [source, needs] })])
      expect(run.failures.a).toContain(`task "${source.name}" left no output on a`)
    }
  })
})

test('a command that fails is named once', async () => {
  const bad = task('bad', command({ shell: 'exit 3' }))
  const run = await createLab('a').run([play({ name: 'p', hosts: 'a', tasks: [bad] })])
  expect(run.failures.a).toBe('run exit 3: exit code 3')
})

describe('a condition or a delegation that needs an output that is not there', () => {
  const never = task('never', text({ path: 'key', content: 'x' }))

  test('fails the host, and no other', async () => {
    const lab = createLab('a', 'b')
    const inBlock = block({
      when: ({ host, output }) => host.name === 'b' || output(never, 'a') === 'x',
      tasks: [task('inside', text({ path: 'x', content: '1' }))],
    })
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [inBlock] })])
    expect([lab.files('a'), lab.files('b'), run.exitCode]).toEqual([[], ['x'], 4])
    const delegated = task('delegated', text({ path: 'y', content: '1' }), {
      delegateTo: ({ host, output }) => (host.name === 'b' ? 'b' : output(never, 'a')),
    })
    const again = await lab.run([play({ name: 'p', hosts: 'all', tasks: [delegated] })])
    expect(again.ends).toEqual(['delegated a failed', 'delegated b changed'])
    expect(again.failures.a).toContain('"never" has not run on a')
  })
})

describe('what was read ahead', () => {
  test('is read anew when a task before changed it', async () => {
    const lab = createLab('a')
    const tasks = [task('make', shell({ line: 'echo made > x' })), task('see', cat({ path: 'x' }))]
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks })])
    expect(run.ends).toEqual(['make a changed', 'see a ok'])
  })

  test('is read anew when another host changed what can be seen from here', async () => {
    const lab = createLab('a', 'b')
    const shared = '../shared'
    const tasks = [
      task('first', append({ path: shared, word: 'x' }), { when: ({ host }) => host.name === 'a' }),
      task('second', sharedText({ path: shared, content: 'x\n' })),
    ]
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks })])
    expect(run.ends.slice(2)).toEqual(['second a ok', 'second b ok'])
  })

  test('does not fail a host before its turn', async () => {
    const lab = createLab('a')
    const tasks = [
      task('fine', text({ path: 'x', content: '1' })),
      task('absent', cat({ path: 'nothing' }), { ignoreErrors: true }),
      task('last', text({ path: 'y', content: '1' })),
    ]
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks })])
    expect(run.ends).toEqual(['fine a changed', 'absent a failed', 'last a changed'])
    expect(run.exitCode).toBe(0)
  })
})

describe('check on a host that is not built yet', () => {
  test('plans past what cannot be read, and says so', async () => {
    const lab = createLab('a')
    const tasks = [task('make', text({ path: 'x', content: '1' })), task('needs it', cat({ path: 'x' }))]
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks })], { check: true })
    expect(run.ends).toEqual(['make a changed', 'needs it a ok'])
    expect(run.events).toContainEqual(expect.objectContaining({ note: expect.stringContaining('cannot be read') }))
  })

  test('fails as a run would when nothing before explains it', async () => {
    const lab = createLab('a')
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [task('see', cat({ path: 'x' }))] })], {
      check: true,
    })
    expect(run.ends).toEqual(['see a failed'])
  })
})
