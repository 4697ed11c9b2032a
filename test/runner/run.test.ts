import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { flushHandlers } from '../../src/core/block.ts'
import { cmd } from '../../src/core/command.ts'
import { defineModule } from '../../src/core/module.ts'
import { play } from '../../src/core/playbook.ts'
import { handler, task } from '../../src/core/task.ts'
import { append, cat, createLab, shell, text } from './support.ts'

const write = (path: string, content: string) => task(`write ${path}`, text({ path, content }))

describe('a run', () => {
  test('makes what is asked for, and the second time nothing', async () => {
    const lab = createLab('a', 'b')
    const plays = [play({ name: 'p', hosts: 'all', tasks: [write('x', '1'), write('y', '2')] })]
    const first = await lab.run(plays)
    expect(lab.read('a', 'x')).toBe('1')
    expect(lab.read('b', 'y')).toBe('2')
    expect(first.ends.every((end) => end.endsWith('changed'))).toBe(true)
    const second = await lab.run(plays)
    expect(second.ends).toEqual(['write x a ok', 'write x b ok', 'write y a ok', 'write y b ok'])
    expect(second.exitCode).toBe(0)
  })

  test('reads thirty tasks in one request when nothing has to change', async () => {
    const lab = createLab('a')
    const tasks = Array.from({ length: 30 }, (_, index) => write(`f${index}`, 'same'))
    await lab.run([play({ name: 'p', hosts: 'all', tasks })])
    lab.requests.set('a', [])
    await lab.run([play({ name: 'p', hosts: 'all', tasks })])
    expect(lab.requests.get('a')).toHaveLength(1)
  })

  test('builds thirty tasks without reading the later ones again and again', async () => {
    const lab = createLab('a')
    const tasks = Array.from({ length: 30 }, (_, index) => write(`f${index}`, 'same'))
    await lab.run([play({ name: 'p', hosts: 'all', tasks })])
    const sent = (lab.requests.get('a') ?? []).flat()
    expect(sent.length).toBeLessThan(30 * 5)
  })

  test('with check changes nothing and tells the same changes', async () => {
    const lab = createLab('a')
    const plays = [play({ name: 'p', hosts: 'all', tasks: [write('x', '1')] })]
    const planned = await lab.run(plays, { check: true })
    expect(lab.files('a')).toEqual([])
    const made = await lab.run(plays)
    const changes = (events: typeof made.events) =>
      events.flatMap((event) => (event.type === 'host.end' ? event.changes : []))
    expect(changes(planned.events)).toEqual(changes(made.events))
  })

  test('a failing host leaves, the others go on, and the exit code is 4', async () => {
    const lab = createLab('a', 'b')
    const broken = task('break on a', shell({ line: '[ "$(basename "$PWD")" = b ] || { echo reason >&2; exit 7; }' }))
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [broken, write('x', '1')] })])
    expect(run.ends).toEqual(['break on a a failed', 'break on a b changed', 'write x b changed'])
    expect(run.failures.a).toContain('exit code 7')
    const failure = run.events.find((event) => event.type === 'host.end' && event.failure)
    expect(failure).toMatchObject({ failure: { detail: 'reason', location: { file: thisFile() } } })
    expect(run.exitCode).toBe(4)
  })

  test('an unreachable host gives exit code 3', async () => {
    const lab = createLab('a', 'b')
    lab.unreachable.add('a')
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [write('x', '1')] })])
    expect(run.ends).toContain('write x a unreachable')
    expect(lab.read('b', 'x')).toBe('1')
    expect(run.exitCode).toBe(3)
  })

  test('a host that failed in one play is left out of the next', async () => {
    const lab = createLab('a', 'b')
    const first = play({ name: '1', hosts: 'all', tasks: [task('cat', cat({ path: 'there' }))] })
    await lab.run([play({ name: '0', hosts: 'b', tasks: [write('there', 'x')] })])
    const run = await lab.run([first, play({ name: '2', hosts: 'all', tasks: [write('y', '1')] })])
    expect(run.ends).toEqual(['cat a failed', 'cat b ok', 'write y b changed'])
  })

  test('ends when no host is left, and says so', async () => {
    const lab = createLab('a', 'b')
    const run = await lab.run([
      play({ name: 'one', hosts: 'a', tasks: [task('cat', cat({ path: 'nothing' }))] }),
      play({ name: 'two', hosts: 'b', tasks: [write('y', '1')] }),
    ])
    expect(lab.files('b')).toEqual([])
    expect(run.events).toContainEqual(expect.objectContaining({ type: 'message', level: 'warning' }))
  })

  test('limit narrows the hosts', async () => {
    const lab = createLab('a', 'b')
    await lab.run([play({ name: 'p', hosts: 'all', tasks: [write('x', '1')] })], { limit: 'b' })
    expect([lab.files('a'), lab.files('b')]).toEqual([[], ['x']])
  })

  test('stopping starts no new task and gives exit code 130', async () => {
    const lab = createLab('a')
    const stop = new AbortController()
    const plays = [
      play({
        name: 'p',
        hosts: 'all',
        tasks: [
          task('stop', shell({ line: 'true' }), {
            changedWhen: (changed) => {
              stop.abort()
              return changed
            },
          }),
          write('x', '1'),
        ],
      }),
    ]
    const run = await lab.run(plays, { stop: stop.signal })
    expect(run.exitCode).toBe(130)
    expect(lab.files('a')).toEqual([])
  })
})

describe('when, handlers and tags', () => {
  test('a condition skips', async () => {
    const lab = createLab('a', 'b')
    const only = task('only b', text({ path: 'x', content: '1' }), { when: ({ host }) => host.name === 'b' })
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [only] })])
    expect(run.ends).toEqual(['only b a skipped', 'only b b changed'])
  })

  test('a handler runs once, at the end, where something changed', async () => {
    const lab = createLab('a', 'b')
    const restart = handler('restart', append({ path: 'log', word: 'restarted' }))
    const notify = { notify: restart }
    const plays = [
      play({
        name: 'p',
        hosts: 'all',
        tasks: [
          task('conf', text({ path: 'conf', content: '1' }), notify),
          task('key', text({ path: 'key', content: '1' }), notify),
          task('last', append({ path: 'log', word: 'last' })),
        ],
      }),
    ]
    await lab.run([play({ name: 'before', hosts: 'b', tasks: [write('conf', '1'), write('key', '1')] })])
    await lab.run(plays)
    expect(lab.read('a', 'log')).toBe('last\nrestarted\n')
    expect(lab.read('b', 'log')).toBe('last\n')
  })

  test('flushHandlers runs them at once', async () => {
    const lab = createLab('a')
    const restart = handler('restart', append({ path: 'log', word: 'restarted' }))
    const first = task('conf', text({ path: 'conf', content: '1' }), { notify: restart })
    await lab.run([
      play({
        name: 'p',
        hosts: 'all',
        tasks: [first, flushHandlers, task('last', append({ path: 'log', word: 'last' }))],
      }),
    ])
    expect(lab.read('a', 'log')).toBe('restarted\nlast\n')
  })

  test('handlers of a host that failed later run only when forced', async () => {
    const restart = handler('restart', append({ path: 'log', word: 'restarted' }))
    const tasks = [
      task('conf', text({ path: 'conf', content: '1' }), { notify: restart }),
      task('fail', shell({ line: 'exit 1' })),
    ]
    const lazy = createLab('a')
    await lazy.run([play({ name: 'p', hosts: 'all', tasks })])
    expect(lazy.read('a', 'log')).toBeUndefined()
    const forced = createLab('a')
    const run = await forced.run([play({ name: 'p', hosts: 'all', tasks, forceHandlers: true })])
    expect(forced.read('a', 'log')).toBe('restarted\n')
    expect(run.exitCode).toBe(4)
  })

  test('handlers of a host that failed later run in every play of a run that forces them', async () => {
    const lab = createLab('a')
    const restart = handler('restart', append({ path: 'log', word: 'restarted' }))
    const tasks = [
      task('conf', text({ path: 'conf', content: '1' }), { notify: restart }),
      task('fail', shell({ line: 'exit 1' })),
    ]
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks })], { forceHandlers: true })
    expect(lab.read('a', 'log')).toBe('restarted\n')
    expect(run.exitCode).toBe(4)
  })

  test('a tag that no task has is refused before anything is done, and the nearest one named', async () => {
    const lab = createLab('a')
    const plays = [
      play({ name: 'p', hosts: 'a', tasks: [task('t', text({ path: 't', content: '1' }), { tags: ['conf'] })] }),
    ]
    await expect(lab.run(plays, { tags: ['cofn'] })).rejects.toMatchObject({
      message: '--tags: no task has the tag "cofn"',
      hint: 'did you mean "conf"?',
    })
    await expect(lab.run(plays, { skipTags: ['cofn'] })).rejects.toThrow('--skip-tags: no task has the tag "cofn"')
    expect(lab.files('a')).toEqual([])
  })

  test('a limit that leaves no play a host is told; one that names no host is refused', async () => {
    const lab = createLab('a', 'b')
    const plays = [play({ name: 'p', hosts: 'a', tasks: [task('t', text({ path: 't', content: '1' }))] })]
    const run = await lab.run(plays, { limit: 'b' })
    expect(run.events).toContainEqual({
      type: 'message',
      level: 'warning',
      text: 'nothing was done: no play is for a host that --limit "b" names',
    })
    await expect(lab.run(plays, { limit: 'c' })).rejects.toThrow('--limit: no host matches "c"')
  })

  test('each request is told when asked for, without output that may hold a secret', async () => {
    const lab = createLab('a')
    const look = defineModule({
      name: 'test.look',
      description: 'x',
      args: z.strictObject({}),
      absent: undefined,
      read: (_, host) =>
        Promise.all([
          host.text(cmd`echo seen`),
          host.text({ ...cmd`echo hidden`, sensitive: true }),
          host.text(cmd`seq 3000`),
        ]),
      *plan() {},
    })
    const plays = [play({ name: 'p', hosts: 'a', tasks: [task('t', look({}))] })]
    const quiet = await lab.run(plays)
    expect(quiet.events.filter(({ type }) => type === 'host.request' || type === 'host.connect')).toEqual([])
    const told = (await lab.run(plays, { trace: true })).events.flatMap((event) =>
      event.type === 'host.request' ? event.commands : [],
    )
    expect(told.slice(0, 2)).toEqual([
      { command: 'echo seen', outcome: 'exit code 0', output: 'seen\n' },
      { command: 'echo hidden', outcome: 'exit code 0', output: '' },
    ])
    expect(told[2]?.output).toMatch(/^…\n2\d\d\d\n/)
    expect(told[2]?.output.endsWith('\n3000\n')).toBe(true)
  })

  test('tags select', async () => {
    const lab = createLab('a')
    const tagged = (name: string, ...tags: string[]) => task(name, text({ path: name, content: '1' }), { tags })
    const plays = [
      play({
        name: 'p',
        hosts: 'all',
        tasks: [tagged('plain'), tagged('red', 'red'), tagged('always', 'always'), tagged('never', 'never', 'rare')],
      }),
    ]
    const ran = async (settings: object) =>
      (await lab.run(plays, { check: true, ...settings })).ends.map((end) => end.split(' ')[0])
    expect(await ran({})).toEqual(['plain', 'red', 'always'])
    expect(await ran({ tags: ['red'] })).toEqual(['red', 'always'])
    expect(await ran({ tags: ['rare'] })).toEqual(['always', 'never'])
    expect(await ran({ tags: ['untagged'] })).toEqual(['plain', 'always'])
    expect(await ran({ skipTags: ['red'] })).toEqual(['plain', 'always'])
    expect(await ran({ skipTags: ['always'] })).toEqual(['plain', 'red'])
  })
})

/** This file's path, as locations name it. */
function thisFile(): unknown {
  return expect.stringContaining('run.test.ts')
}
