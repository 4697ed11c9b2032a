import { describe, expect, test } from '@jest/globals'
import { play } from '../../src/core/playbook.ts'
import { handler, task } from '../../src/core/task.ts'
import { finishedTasks } from '../../src/runner/resume.ts'
import { drift, plannedTasks, planToHold } from '../../src/runner/saved-plan.ts'
import { append, cat, createLab, shell, text } from './support.ts'

describe('resuming', () => {
  const restart = handler('restart', append({ path: 'log', word: 'restarted' }))
  const source = task('source', text({ path: 'key', content: 'value' }))
  const plays = [
    play({
      name: 'p',
      hosts: 'all',
      tasks: [
        source,
        task('once', append({ path: 'log', word: 'once' }), { notify: restart }),
        task('needs a repair', shell({ line: '[ -e repaired ]' })),
        task(
          'use',
          text(({ output }) => ({ path: 'copy', content: output(source) })),
        ),
      ],
    }),
  ]

  test('goes on at the first task that is not done, with outputs read anew and handlers that are still due', async () => {
    const lab = createLab('a')
    const first = await lab.run(plays)
    expect(first.exitCode).toBe(4)
    await lab.run([
      play({ name: 'repair', hosts: 'a', tasks: [task('repair', text({ path: 'repaired', content: '' }))] }),
    ])
    const second = await lab.run(plays, { resume: finishedTasks(first.events) })
    expect(second.exitCode).toBe(0)
    expect(second.ends.slice(0, 2)).toEqual(['source a ok', 'once a skipped'])
    expect(lab.read('a', 'log')).toBe('once\nrestarted\n')
    expect(lab.read('a', 'copy')).toBe('value')
  })

  test('knows what the interrupted run did and changed: what hangs on that is still done', async () => {
    const lab = createLab('a')
    const made = task('made', append({ path: 'log', word: 'made' }))
    const looked = task('looked', text({ path: 'key', content: 'value' }))
    const onChange = [made, looked].map((each) =>
      task(`after ${each.name}`, append({ path: 'log', word: `after ${each.name}` }), {
        when: ({ changed, ran }) => ran(each) && changed(each),
      }),
    )
    const tasks = [made, looked, task('needs a repair', shell({ line: '[ -e repaired ]' })), ...onChange]
    const interrupted = await lab.run([play({ name: 'p', hosts: 'a', tasks })])
    await lab.run([
      play({ name: 'repair', hosts: 'a', tasks: [task('repair', text({ path: 'repaired', content: '' }))] }),
    ])
    const resumed = await lab.run([play({ name: 'p', hosts: 'a', tasks })], {
      resume: finishedTasks(interrupted.events),
    })
    expect(resumed.failures).toEqual({})
    expect(lab.read('a', 'log')).toBe('made\nafter made\nafter looked\n')
  })

  test('does not run a handler twice', async () => {
    const lab = createLab('a')
    const first = await lab.run(plays.map((p) => ({ ...p, forceHandlers: true })))
    expect(lab.read('a', 'log')).toBe('once\nrestarted\n')
    await lab.run([
      play({ name: 'repair', hosts: 'a', tasks: [task('repair', text({ path: 'repaired', content: '' }))] }),
    ])
    await lab.run(plays, { resume: finishedTasks(first.events) })
    expect(lab.read('a', 'log')).toBe('once\nrestarted\n')
  })
})

describe('starting at a task', () => {
  const source = task('source', text({ path: 'key', content: 'new' }))
  const plays = [
    play({
      name: 'p',
      hosts: 'all',
      tasks: [
        source,
        task('before', append({ path: 'log', word: 'before' })),
        task('not there', cat({ path: 'nothing' })),
        task(
          'start',
          text(({ output }) => ({ path: 'copy', content: output(source) })),
        ),
        task('after', append({ path: 'log', word: 'after' })),
      ],
    }),
  ]

  test('changes nothing before it, and knows what later tasks ask of those', async () => {
    const lab = createLab('a')
    await lab.run([play({ name: '0', hosts: 'a', tasks: [task('old', text({ path: 'key', content: 'old' }))] })])
    const run = await lab.run(plays, { startAt: 'start' })
    expect(run.ends).toEqual([
      'source a ok',
      'before a skipped',
      'not there a skipped',
      'start a changed',
      'after a changed',
    ])
    expect([lab.read('a', 'key'), lab.read('a', 'copy'), lab.read('a', 'log')]).toEqual(['old', 'old', 'after\n'])
  })

  test('refuses a name that no task has, before anything is done', async () => {
    const lab = createLab('a')
    await expect(lab.run(plays, { startAt: 'strat' })).rejects.toThrow('no task that would run is named "strat"')
    expect(lab.requests.get('a')).toEqual([])
  })
})

describe('step by step', () => {
  test('a task that is not wanted is passed over', async () => {
    const lab = createLab('a', 'b')
    const asked: string[] = []
    const confirm = async ({ name }: { name: string }, hosts: readonly string[]) => {
      asked.push(`${name} ${hosts.join(' ')}`)
      return name !== 'two'
    }
    const tasks = ['one', 'two', 'three'].map((name) => task(name, append({ path: 'log', word: name })))
    await lab.run([play({ name: 'p', hosts: 'all', tasks })], { confirm })
    expect(asked).toEqual(['one a b', 'two a b', 'three a b'])
    expect(lab.read('b', 'log')).toBe('one\nthree\n')
  })
})

describe('a saved plan', () => {
  const plays = (content: string) => [
    play({
      name: 'p',
      hosts: 'all',
      tasks: [task('x', text({ path: 'x', content })), task('y', text({ path: 'y', content }))],
    }),
  ]

  test('is applied as it was planned', async () => {
    const lab = createLab('a')
    const planned = plannedTasks((await lab.run(plays('1'), { check: true })).events)
    expect(planned.map(({ name, changes }) => [name, changes.map(({ summary }) => summary)])).toEqual([
      ['x', ['write x']],
      ['y', ['write y']],
    ])
    const run = await lab.run(plays('1'), { plan: planToHold(planned) })
    expect(run.exitCode).toBe(0)
    expect(lab.files('a')).toEqual(['x', 'y'])
  })

  test('stops a task that would do something else, and names the drift', async () => {
    const lab = createLab('a')
    const planned = plannedTasks((await lab.run(plays('1'), { check: true })).events)
    await lab.run([play({ name: 'elsewhere', hosts: 'all', tasks: [task('x', text({ path: 'x', content: '1' }))] })])
    const now = plannedTasks((await lab.run(plays('1'), { check: true })).events)
    expect(drift(planned, now).map(({ sentence }) => sentence)).toEqual([
      'a: "x" was planned to write x, and would now change nothing',
    ])
    const run = await lab.run(plays('1'), { plan: planToHold(planned) })
    expect(run.failures.a).toContain('no longer as it was planned')
    expect(lab.files('a')).toEqual(['x'])
  })
})
