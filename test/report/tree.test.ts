import { describe, expect, test } from '@jest/globals'
import type { Reporter, RunEvent } from '../../src/core/events.ts'
import { treeReporter } from '../../src/report/tree.ts'
import { expectGolden } from './golden-text.ts'
import { captured, end, largeRun, smallRun, start, view } from './run-of-events.ts'
import { createTerminal } from './terminal.ts'

function draw(more: Parameters<typeof captured>[0] = {}) {
  const terminal = createTerminal()
  const reporter = treeReporter(captured({ ...more, write: terminal.write }).options)
  return { terminal, reporter }
}

async function drawn(run: readonly RunEvent[], more: Parameters<typeof captured>[0] = {}): Promise<string> {
  const { terminal, reporter } = draw(more)
  for (const event of run) {
    reporter.on(event)
    await new Promise(setImmediate)
  }
  await reporter.end?.()
  expect(terminal.isCursorShown()).toBe(true)
  return terminal.screen()
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); ) {
    if (Date.now() > end) throw new Error(`this did not come true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('the tree', () => {
  test('leaves tasks, the hosts that something is to be said of, failures and recap', async () => {
    expectGolden('small.tree.txt', await drawn(smallRun))
  })

  test('shows diffs, commands and the slowest tasks when asked', async () => {
    expectGolden('small-verbose.tree.txt', await drawn(smallRun, { diff: true, verbosity: 1, profile: true }))
  })

  test('folds 200 hosts into counts and names the exceptions', async () => {
    expectGolden('large.tree.txt', await drawn(largeRun))
  })

  test('says the same when all events come at once', async () => {
    const { terminal, reporter } = draw()
    for (const event of smallRun) reporter.on(event)
    await reporter.end?.()
    expect(terminal.screen()).toBe(await drawn(smallRun))
  })

  test('no line is wider than the terminal before the failures', async () => {
    const long = view('1.1', 'Install '.repeat(30), 3)
    const host = 'mirror-1.east.example.org'
    const summary = 'apt-get: exit code 100; '.repeat(20)
    const screen = await drawn(
      [start(long, [host]), end('1.1', host, 'failed', { failure: { summary } }), { type: 'task.end', task: '1.1' }],
      { columns: () => 80 },
    )
    const picture = screen.slice(0, screen.indexOf('FAILURES'))
    expect(Math.max(...picture.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(screen).toContain(summary.trim())
  })
})

test('a diff is wrapped and never cut', async () => {
  const long = Array.from({ length: 60 }, (_, index) => `host-${index}`).join(',')
  const diff = { path: '/etc/hosts.list', before: undefined, after: `${long}\n` }
  const changes = [{ summary: 'write /etc/hosts.list', command: 'write', fingerprint: 'a1', diff }]
  const screen = await drawn(
    [
      start(view('1.1', 'Write it', 3), ['a']),
      end('1.1', 'a', 'changed', { changes }),
      { type: 'task.end', task: '1.1' },
    ],
    { diff: true },
  )
  expect(screen.replace(/\s+/g, '')).toContain(`+${long}`)
})

describe('while a task runs', () => {
  const task = view('1.1', 'Install the daemon', 3)
  const begin = (reporter: Reporter, hosts: readonly string[]) => reporter.on(start(task, hosts))

  test('the last line of output and what is waited for stand beside the host', async () => {
    const { terminal, reporter } = draw()
    begin(reporter, ['east-1', 'west-1'])
    reporter.on({ type: 'host.output', task: '1.1', host: 'east-1', line: 'Unpacking \u001b[31mrbd\u001b[0m' })
    reporter.on({ type: 'host.waiting', task: '1.1', host: 'west-1', condition: 'it replays', seen: '3 of 7' })
    await until(() => terminal.screen().includes('waiting: it replays (now: 3 of 7)'))
    expect(terminal.screen()).toMatch(/east-1 {2}\d+\.\ds {2}Unpacking rbd\n/)
    expect(terminal.screen()).toContain('2 running')
    await reporter.end?.()
  })

  test('the hosts that many others wait for are named', async () => {
    const { terminal, reporter } = draw()
    const hosts = Array.from({ length: 20 }, (_, index) => `web${index + 1}`)
    begin(reporter, hosts)
    for (const host of hosts.slice(0, 18)) reporter.on(end('1.1', host, 'ok'))
    await until(() => terminal.screen().includes('waiting for web19, web20'))
    expect(terminal.screen()).toContain('18 ok, 2 running')
    await reporter.end?.()
  })

  test('a warning is shown at once', async () => {
    const { terminal, reporter } = draw()
    begin(reporter, ['east-1'])
    reporter.on({ type: 'message', level: 'warning', text: 'interrupted: no new task starts' })
    await until(() => terminal.screen().includes('[WARNING]: interrupted: no new task starts'))
    await reporter.end?.()
  })

  test('a run that breaks off leaves what it had done and what it had not', async () => {
    const { terminal, reporter } = draw()
    begin(reporter, ['east-1', 'west-1'])
    reporter.on(end('1.1', 'east-1', 'failed', { failure: { summary: 'exit code 1', detail: 'no space left' } }))
    await reporter.end?.()
    expect(terminal.screen()).toContain('west-1  not finished')
    expect(terminal.screen()).toContain('no space left')
    expect(terminal.isCursorShown()).toBe(true)
  })

  test('a host that was not named at the start is shown all the same', async () => {
    const screen = await drawn([
      start(task, ['east-1']),
      end('1.1', 'east-1', 'ok'),
      end('1.1', 'west-1', 'failed', { failure: { summary: 'exit code 1' } }),
      { type: 'task.end', task: '1.1' },
    ])
    expect(screen).toContain('✖ Install the daemon  1 failed, 1 ok')
    expect(screen).toContain('✖ west-1  failed  1.2s  exit code 1')
  })

  test('hosts that go their own way stand in the rows of their tasks', async () => {
    const second = view('1.2', 'Write ceph.conf', 5)
    const screen = await drawn([
      start(task, ['east-1']),
      start(task, ['west-1']),
      end('1.1', 'west-1', 'ok'),
      { type: 'task.end', task: '1.1' },
      start(second, ['west-1']),
      end('1.1', 'east-1', 'changed', { changes: [{ summary: 'install it', command: 'apt', fingerprint: 'a1' }] }),
      { type: 'task.end', task: '1.1' },
      end('1.2', 'west-1', 'ok'),
      { type: 'task.end', task: '1.2' },
    ])
    expect(screen.trim().split('\n')).toEqual([
      '✔ Install the daemon  1 changed, 1 ok  1.2s',
      '  ✔ east-1  changed  1.2s',
      '      install it',
      '✔ Write ceph.conf  1 ok  1.2s',
    ])
  })
})
