import { describe, expect, test } from '@jest/globals'
import type { RunEvent } from '../../src/core/events.ts'
import { linesReporter } from '../../src/report/lines.ts'
import { expectGolden } from './golden-text.ts'
import { captured, end, largeRun, smallRun, start, view } from './run-of-events.ts'

function lines(run: readonly RunEvent[], more: Parameters<typeof captured>[0] = {}): string {
  const { options, text } = captured(more)
  const reporter = linesReporter(options)
  for (const event of run) reporter.on(event)
  return text()
}

describe('lines', () => {
  test('tell each host as it ends, then the failures and the recap', () => {
    expectGolden('small.lines.txt', lines(smallRun))
  })

  test('tell commands, live output, diffs and the slowest tasks when asked', () => {
    expectGolden('small-verbose.lines.txt', lines(smallRun, { diff: true, verbosity: 1, profile: true }))
  })

  test('fold 200 hosts that did the same, and name the exceptions', () => {
    expectGolden('large.lines.txt', lines(largeRun))
  })

  test('tell once what differs by the name of the host only', () => {
    const hosts = Array.from({ length: 12 }, (_, index) => `h${index + 1}`)
    const change = (host: string, index: number) => ({
      summary: `write /srv/${host}.conf`,
      command: 'write',
      fingerprint: host,
      diff: { path: '/srv/x', before: String(index % 2), after: 'x' },
    })
    const run: readonly RunEvent[] = [
      { type: 'play.start', play: 'p', hosts },
      start(view('1.1', 'Write it', 1), hosts),
      ...hosts.map((host, index) => end('1.1', host, 'changed', { changes: [change(host, index)] })),
      { type: 'task.end', task: '1.1' },
    ]
    expect(lines(run, { diff: true }).match(/6 hosts/g)).toHaveLength(2)
    expect(lines(run).trim().split('\n').slice(3)).toEqual([
      '  changed: [12 hosts: h1, h2, h3, h4, h5 and 7 more] up to 1.2s',
      '      write /srv/<host>.conf',
    ])
  })

  test('call a failure that was rescued no failure of the run', () => {
    const text = lines([
      start(view('1.1', 'Try it', 1), ['a']),
      end('1.1', 'a', 'failed', { failure: { summary: 'no' }, rescued: true }),
      { type: 'run.end', recap: [], seconds: 1, exitCode: 0, requests: 1, connections: 1 },
    ])
    expect(text).toContain('failed: [a] (mirror.ts:1) 1.2s ...rescuing')
    expect(text).toContain('\nRESCUED FAILURES\nfailed, rescued: [a] Try it (mirror.ts:1)\n')
  })

  test('tell requests with -vv, and answers with -vvv', () => {
    const traced: RunEvent[] = [
      { type: 'host.connect', host: 'a', seconds: 0.2 },
      {
        type: 'host.request',
        host: 'a',
        become: 'root',
        seconds: 0.1,
        commands: [
          { command: 'stat /etc/x', outcome: 'exit code 0', output: 'regular file\n' },
          { command: 'hostname', outcome: 'exit code 1', output: '' },
        ],
      },
    ]
    expect(lines(traced, { verbosity: 1 })).toBe('')
    expect(lines(traced, { verbosity: 2 })).toBe('  a > request as root (0.1s): stat /etc/x; hostname\n')
    expect(lines(traced, { verbosity: 3 }).split('\n')).toEqual([
      '  a > connected in 0.2s',
      '  a > request as root (0.1s)',
      '    $ stat /etc/x: exit code 0',
      '      regular file',
      '    $ hostname: exit code 1',
      '',
    ])
  })

  test('have no control characters, whatever hosts print', () => {
    const controls = /(?!\n)\p{Cc}/u
    expect(lines(smallRun, { verbosity: 3, diff: true })).not.toMatch(controls)
    expect(lines(largeRun, { verbosity: 3 })).not.toMatch(controls)
  })

  test('have the colours that Ansible has where colours are wanted', () => {
    const text = lines(smallRun, { colour: true })
    expect(text).toContain('\u001b[33mchanged:\u001b[39m [east-1]')
    expect(text).toContain('\u001b[32mok:\u001b[39m [east-2]')
    expect(text).toContain('\u001b[31mfailed:\u001b[39m [west-1]')
  })

  test('name the task again when hosts go their own way', () => {
    const [install, write] = [view('1.1', 'Install it', 1), view('1.2', 'Write it', 2)]
    const text = lines([
      start(install, ['a']),
      start(install, ['b']),
      end('1.1', 'b', 'ok'),
      start(write, ['b']),
      end('1.2', 'b', 'changed'),
      end('1.1', 'a', 'changed'),
    ])
    expect(text.trim().split('\n')).toEqual([
      'TASK [Install it]',
      '  ok: [b] 1.2s',
      '',
      'TASK [Write it]',
      '  changed: [b] 1.2s',
      '',
      'TASK [Install it]',
      '  changed: [a] 1.2s',
    ])
  })

  test('name every host with -v, however many', () => {
    expect(lines(largeRun, { verbosity: 1 })).toContain('web198, web199, web200')
  })
})
