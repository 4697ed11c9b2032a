import { describe, expect, test } from '@jest/globals'
import { play } from '../../src/core/playbook.ts'
import { handler, task } from '../../src/core/task.ts'
import { finishedTasks } from '../../src/runner/resume.ts'
import { drift, plannedTasks, planToHold } from '../../src/runner/saved-plan.ts'
import { append, createLab, shell, text } from './support.ts'

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
    expect(drift(planned, now)).toEqual(['a: "x" was planned to write x, and would now change nothing'])
    const run = await lab.run(plays('1'), { plan: planToHold(planned) })
    expect(run.failures.a).toContain('no longer as it was planned')
    expect(lab.files('a')).toEqual(['x'])
  })
})
