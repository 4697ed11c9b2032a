import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { block } from '../../src/core/block.ts'
import { play } from '../../src/core/playbook.ts'
import { handler, task } from '../../src/core/task.ts'
import { debug } from '../../src/modules/debug.ts'
import { append, cat, createLab, shell, text } from './support.ts'

const log = (word: string) => task(word, append({ path: 'log', word }))
const fail = task('fail', shell({ line: 'exit 1' }))

describe('blocks', () => {
  test('rescue and always run, and the host goes on', async () => {
    const lab = createLab('a')
    const run = await lab.run([
      play({
        name: 'p',
        hosts: 'all',
        tasks: [block({ tasks: [fail, log('not')], rescue: [log('rescue')], always: [log('always')] }), log('after')],
      }),
    ])
    expect(lab.read('a', 'log')).toBe('rescue\nalways\nafter\n')
    expect(run.exitCode).toBe(0)
    expect(run.events.at(-1)).toMatchObject({ recap: [{ host: 'a', failed: 0, rescued: 1, changed: 3 }] })
    expect(run.events).toContainEqual(expect.objectContaining({ type: 'host.end', status: 'failed', rescued: true }))
  })

  test('only the hosts that failed are rescued', async () => {
    const lab = createLab('a', 'b')
    const failOnA = task('fail on a', shell({ line: '[ "$(basename "$PWD")" = b ]' }))
    await lab.run([play({ name: 'p', hosts: 'all', tasks: [block({ tasks: [failOnA], rescue: [log('rescue')] })] })])
    expect([lab.read('a', 'log'), lab.read('b', 'log')]).toEqual(['rescue\n', undefined])
  })

  test('without rescue the host stays failed, after always', async () => {
    const lab = createLab('a')
    const run = await lab.run([
      play({ name: 'p', hosts: 'all', tasks: [block({ tasks: [fail], always: [log('always')] }), log('after')] }),
    ])
    expect(lab.read('a', 'log')).toBe('always\n')
    expect(run.exitCode).toBe(4)
  })

  test('a host that was unreachable can be rescued', async () => {
    const lab = createLab('a', 'b')
    lab.unreachable.add('a')
    const elsewhere = task('say', append({ path: 'log', word: 'a is away' }), { delegateTo: 'b' })
    const run = await lab.run([
      play({ name: 'p', hosts: 'a', tasks: [block({ tasks: [log('x')], rescue: [elsewhere] })] }),
    ])
    expect(lab.read('b', 'log')).toBe('a is away\n')
    expect(run.exitCode).toBe(0)
  })

  test('a failure in rescue fails the host', async () => {
    const lab = createLab('a')
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [block({ tasks: [fail], rescue: [fail] })] })])
    expect(run.exitCode).toBe(4)
  })

  test('its condition stands for all of it', async () => {
    const lab = createLab('a', 'b')
    const only = block({ when: ({ host }) => host.name === 'b', tasks: [log('x')], always: [log('y')] })
    await lab.run([play({ name: 'p', hosts: 'all', tasks: [only] })])
    expect([lab.read('a', 'log'), lab.read('b', 'log')]).toEqual([undefined, 'x\ny\n'])
  })
})

describe('what counts as failed or changed', () => {
  const see = (options: object) => [
    play({
      name: 'p',
      hosts: 'all',
      tasks: [task('make', text({ path: 'x', content: 'bad' })), task('see', cat({ path: 'x' }), options)],
    }),
  ]

  test('failedWhen fails by the output, with its reason', async () => {
    const run = await createLab('a').run(see({ failedWhen: (out: string) => out === 'bad' && 'it is bad' }))
    expect(run.failures.a).toBe('it is bad')
  })

  test('changedWhen decides', async () => {
    const run = await createLab('a').run(see({ changedWhen: () => true }))
    expect(run.ends[1]).toBe('see a changed')
  })

  test('what is only told leaves the host as it is, and is said to', async () => {
    const run = await createLab('a').run([
      play({ name: 'p', hosts: 'all', tasks: [task('tell', debug({ message: 'hello' }))] }),
    ])
    expect(run.events.find(({ type }) => type === 'host.end')).toMatchObject({
      status: 'ok',
      changes: [{ summary: 'hello', counts: false }],
    })
  })

  test('ignoreErrors shows the failure and goes on', async () => {
    const lab = createLab('a')
    const ignored = task('ignored', shell({ line: 'exit 3' }), { ignoreErrors: true })
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [ignored, log('after')] })])
    expect(lab.read('a', 'log')).toBe('after\n')
    expect(run.events.at(-1)).toMatchObject({ recap: [{ failed: 0, ignored: 1 }], exitCode: 0 })
  })
})

describe('until', () => {
  const grow = 'printf x >> grown'

  test('looks again until the condition comes true', async () => {
    const lab = createLab('a')
    await lab.run([play({ name: '0', hosts: 'a', tasks: [task('start', shell({ line: grow }))] })])
    let looks = 0
    const waiting = task('wait', cat({ path: 'grown' }), {
      until: { condition: 'three looks were taken', met: () => ++looks >= 3, delay: 0 },
    })
    const run = await lab.run([play({ name: 'p', hosts: 'a', tasks: [waiting] })])
    expect(run.ends).toEqual(['wait a ok'])
    expect(looks).toBe(3)
  })

  test('fails at the deadline, and says what it saw last', async () => {
    const lab = createLab('a')
    const waiting = task('wait', cat({ path: 'nothing' }), {
      until: { condition: 'pigs fly', met: () => false, delay: 0, deadline: 0 },
      ignoreErrors: false,
    })
    await lab.run([
      play({ name: '0', hosts: 'a', tasks: [task('make', text({ path: 'nothing', content: 'ground' }))] }),
    ])
    const run = await lab.run([play({ name: 'p', hosts: 'a', tasks: [waiting] })])
    expect(run.failures.a).toContain('until pigs fly')
    expect(run.events).toContainEqual(
      expect.objectContaining({ failure: expect.objectContaining({ detail: expect.stringContaining('ground') }) }),
    )
  })

  test('takes a first look that fails for one that did not see it, and gives up after the retries', async () => {
    const lab = createLab('a')
    const tries = task('try', shell({ line: `${grow}; echo broken >&2; exit 1` }), {
      until: { condition: 'it works', met: () => true, retries: 2, delay: 0 },
    })
    const run = await lab.run([play({ name: 'p', hosts: 'a', tasks: [tries] })])
    expect(lab.read('a', 'grown')).toBe('xxx')
    expect(run.failures.a).toBe('tried 3 times in vain until it works')
    expect(run.events).toContainEqual(
      expect.objectContaining({ failure: expect.objectContaining({ detail: expect.stringContaining('broken') }) }),
    )
  })

  test('a command that fails is tried again until it does not', async () => {
    const lab = createLab('a')
    const tries = task('try', shell({ line: `${grow}; [ "$(cat grown)" = xxx ]` }), {
      until: { condition: 'it works', met: () => true, delay: 0 },
    })
    const run = await lab.run([play({ name: 'p', hosts: 'a', tasks: [tries] })])
    expect(run.ends).toEqual(['try a changed'])
  })

  test('backs off: each delay is longer than the one before by the factor', async () => {
    const lab = createLab('a')
    await lab.run([play({ name: '0', hosts: 'a', tasks: [task('start', shell({ line: grow }))] })])
    const looks: number[] = []
    const met = () => looks.push(performance.now()) > 3
    const waiting = task('wait', cat({ path: 'grown' }), {
      until: { condition: 'four looks', met, delay: 0.02, backoff: 4 },
    })
    await lab.run([play({ name: 'p', hosts: 'a', tasks: [waiting] })])
    const delays = looks.slice(1).map((time, index) => time - (looks[index] ?? 0))
    expect(delays.map((delay, index) => delay >= 20 * 4 ** index - 2)).toEqual([true, true, true])
  })

  test('what was read ahead before it came true is read again', async () => {
    const lab = createLab('a')
    const path = join(lab.folder('a'), 'x')
    writeFileSync(path, 'no')
    const met = (out: string) => {
      writeFileSync(path, 'yes')
      return out === 'yes'
    }
    const waiting = task('wait', cat({ path: 'x' }), { until: { condition: 'it says yes', met, delay: 0 } })
    const after = task('after', cat({ path: 'x' }), { failedWhen: (out) => out !== 'yes' && `it saw ${out}` })
    const run = await lab.run([play({ name: 'p', hosts: 'a', tasks: [waiting, after] })])
    expect(run.failures).toEqual({})
    expect(run.ends).toEqual(['wait a ok', 'after a ok'])
  })

  test('with check is looked at once', async () => {
    const lab = createLab('a')
    await lab.run([play({ name: '0', hosts: 'a', tasks: [task('make', text({ path: 'x', content: 'no' }))] })])
    const waiting = task('wait', cat({ path: 'x' }), {
      until: { condition: 'it says yes', met: (out) => out === 'yes' },
    })
    const run = await lab.run([play({ name: 'p', hosts: 'a', tasks: [waiting] })], { check: true })
    expect(run.events).toContainEqual(expect.objectContaining({ note: 'would wait until it says yes' }))
  })
})

describe('many hosts', () => {
  const names = ['a', 'b', 'c', 'd']

  test('serial takes batch after batch, and stops when one is lost', async () => {
    const lab = createLab(...names)
    const failOnB = task('fail on b', shell({ line: '[ "$(basename "$PWD")" != b ]' }))
    const run = await lab.run([play({ name: 'p', hosts: 'all', serial: 1, tasks: [failOnB, log('x')] })])
    expect(run.ends).toEqual(['fail on b a changed', 'x a changed', 'fail on b b failed'])
  })

  test('anyErrorsFatal ends the play for all after the task', async () => {
    const lab = createLab(...names)
    const failOnB = task('fail on b', shell({ line: '[ "$(basename "$PWD")" != b ]' }))
    const run = await lab.run([play({ name: 'p', hosts: 'all', anyErrorsFatal: true, tasks: [failOnB, log('x')] })])
    expect(lab.read('a', 'log')).toBeUndefined()
    expect(run.exitCode).toBe(4)
  })

  test('always and forced handlers run also where anyErrorsFatal ended the play', async () => {
    const lab = createLab('a', 'b')
    const failOnB = task('fail on b', shell({ line: '[ "$(basename "$PWD")" != b ]' }))
    const notify = handler('handler', append({ path: 'log', word: 'handler' }))
    const started = task('start', append({ path: 'log', word: 'start' }), { notify })
    const inside = block({ tasks: [failOnB, log('not')], always: [log('always')] })
    await lab.run([
      play({
        name: 'p',
        hosts: 'all',
        anyErrorsFatal: true,
        forceHandlers: true,
        tasks: [started, inside, log('not')],
      }),
    ])
    expect([lab.read('a', 'log'), lab.read('b', 'log')]).toEqual(Array(2).fill('start\nalways\nhandler\n'))
  })

  test('a host that fails in a handler runs no other', async () => {
    const lab = createLab('a')
    const notify = [handler('broken', shell({ line: 'exit 1' })), handler('not', append({ path: 'log', word: 'not' }))]
    const started = task('start', append({ path: 'log', word: 'start' }), { notify })
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [started] })])
    expect([lab.read('a', 'log'), run.exitCode]).toEqual(['start\n', 4])
  })

  test('maxFailPercentage ends the play when more failed', async () => {
    const failOnTwo = task('fail', shell({ line: 'case $PWD in *[ab]) exit 1;; esac' }))
    const at = async (maxFailPercentage: number) => {
      const lab = createLab(...names)
      await lab.run([play({ name: 'p', hosts: 'all', maxFailPercentage, tasks: [failOnTwo, log('x')] })])
      return lab.read('c', 'log')
    }
    expect(await at(49)).toBeUndefined()
    expect(await at(50)).toBe('x\n')
  })

  test('runOnce acts on the first host and stands for all', async () => {
    const lab = createLab('a', 'b')
    const once = task('once', text({ path: 'x', content: 'v' }), { runOnce: true })
    const use = task(
      'use',
      text(({ output }) => ({ path: 'y', content: output(once) })),
    )
    await lab.run([play({ name: 'p', hosts: 'all', tasks: [once, use] })])
    expect([lab.files('a'), lab.files('b'), lab.read('b', 'y')]).toEqual([['x', 'y'], ['y'], 'v'])
  })

  test('delegateTo acts on another host, for each', async () => {
    const lab = createLab('a', 'b', 'c')
    const delegated = task(
      'delegated',
      append(({ host }) => ({ path: 'log', word: host.name })),
      { delegateTo: 'c' },
    )
    const run = await lab.run([play({ name: 'p', hosts: 'a:b', tasks: [delegated] })])
    expect(lab.read('c', 'log')?.trim().split('\n').sort()).toEqual(['a', 'b'])
    expect(run.ends).toEqual(expect.arrayContaining(['delegated a changed', 'delegated b changed']))
  })

  test('throttle holds for free hosts too, and so do forks', async () => {
    const alone = 'mkdir ../busy && sleep 0.1 && rmdir ../busy'
    const free = (tasks: ReturnType<typeof task>[]) => [
      play({ name: 'p', hosts: 'all', strategy: 'free' as const, tasks }),
    ]
    const lab = createLab(...names)
    const throttled = await lab.run(free([task('alone', shell({ line: alone }), { throttle: 1 })]))
    const forked = await lab.run(free([task('alone', shell({ line: alone }))]), { forks: 1 })
    expect([throttled.exitCode, forked.exitCode]).toEqual([0, 0])
  })

  test('host_pinned finishes a host before another takes its place, free does not', async () => {
    const tasks = ['1', '2'].map((word) =>
      task(
        word,
        append(({ host }) => ({ path: '../log', word: host.name + word })),
      ),
    )
    const order = async (strategy: 'host_pinned' | 'free') => {
      const lab = createLab('a', 'b')
      await lab.run([play({ name: 'p', hosts: 'all', strategy, tasks })], { forks: 1 })
      return lab.read('.', 'log')
    }
    expect(await order('host_pinned')).toBe('a1\na2\nb1\nb2\n')
    expect(await order('free')).toBe('a1\nb1\na2\nb2\n')
  })

  test('free lets each host go its own way', async () => {
    const lab = createLab('a', 'b')
    const waitForOther = task(
      'wait',
      shell({
        line: 'case $PWD in *a) i=0; while [ ! -e ../b/done ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done; [ -e ../b/done ];; esac',
      }),
    )
    const done = task('done', text({ path: 'done', content: '1' }))
    await lab.run([play({ name: 'p', hosts: 'all', strategy: 'free', tasks: [waitForOther, done] })])
    expect([lab.files('a'), lab.files('b')]).toEqual([['done'], ['done']])
  })
})

describe('a parallel block', () => {
  // Each waits for the other: one after the other, neither would end well.
  const meet = (own: string, other: string) =>
    task(
      own,
      shell({
        line: `touch ${own}; i=0; while [ ! -e ${other} ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done; [ -e ${other} ]`,
      }),
    )

  test('applies its tasks side by side, and what comes after it once all are done', async () => {
    const lab = createLab('a')
    const both = block({ parallel: true, tasks: [meet('left', 'right'), meet('right', 'left')] })
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [both, log('after')] })])
    expect(run.exitCode).toBe(0)
    expect(lab.files('a')).toEqual(['left', 'log', 'right'])
  })

  test('fails the host when one of them fails, after all have ended', async () => {
    const lab = createLab('a')
    const both = block({ parallel: true, tasks: [fail, log('beside')], rescue: [log('rescue')] })
    const run = await lab.run([play({ name: 'p', hosts: 'all', tasks: [both, log('after')] })])
    expect(lab.read('a', 'log')).toBe('beside\nrescue\nafter\n')
    expect(run.exitCode).toBe(0)
  })
})
