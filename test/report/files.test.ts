import { describe, expect, test } from '@jest/globals'
import type { Reporter, RunEvent } from '../../src/core/events.ts'
import { annotation, annotationsReporter } from '../../src/report/annotations.ts'
import { jsonReporter } from '../../src/report/json.ts'
import { junitReporter } from '../../src/report/junit.ts'
import type { ReportOptions } from '../../src/report/options.ts'
import { quietReporter } from '../../src/report/quiet.ts'
import { expectGolden } from './golden-text.ts'
import { captured, end, folder, largeRun, smallRun, start, view } from './run-of-events.ts'

function reported(make: (options: ReportOptions) => Reporter, run: readonly RunEvent[]): string {
  const { options, text } = captured()
  const reporter = make(options)
  for (const event of run) reporter.on(event)
  return text()
}

test('JSON is one event a line, as it was', () => {
  const lines = reported(jsonReporter, smallRun).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(smallRun)))
})

describe('JUnit', () => {
  test('has a suite for a play and a case for a task on a host', () => {
    expectGolden('small.junit.xml', reported(junitReporter, smallRun))
  })

  test('counts a failure that was rescued as none', () => {
    const xml = reported(junitReporter, [
      { type: 'play.start', play: 'p', hosts: ['a'] },
      end('1.1', 'a', 'failed', { failure: { summary: 'no' }, rescued: true }),
      { type: 'run.end', recap: [], seconds: 1, exitCode: 0, requests: 0, connections: 0 },
    ])
    expect(xml).toContain('<testsuites name="" tests="1" failures="0" errors="0"')
  })

  test('is XML whatever was said', () => {
    const odd = '<a b="c">&amp; ]]> \u0000\u0007\uffff "\'\n\ttab'
    const xml = reported(junitReporter, [
      { type: 'run.start', playbook: odd, check: false, time: '' },
      { type: 'play.start', play: odd, hosts: [odd] },
      start(view('1.1', odd, 1), [odd]),
      end('1.1', odd, 'failed', {
        failure: { summary: odd, detail: odd },
        changes: [{ summary: odd, command: odd, fingerprint: '' }],
      }),
      { type: 'run.end', recap: [], seconds: 1, exitCode: 4, requests: 0, connections: 0 },
    ])
    const tag = '<[^<>&"]*(?:"(?:[^<>&"]|&\\w+;|&#\\d+;)*"[^<>&"]*)*>'
    expect(xml).toMatch(new RegExp(`^(?:${tag}|[^<>&]|&(?:amp|lt|gt);)*$`))
    expect(xml).not.toMatch(/(?![\n\t])\p{Cc}|\uffff/u)
    expect(xml).toContain('&lt;a b=&quot;c&quot;&gt;&amp;amp; ]]&gt;')
  })
})

test('quiet says nothing until the end, then failures and recap', () => {
  expect(reported(quietReporter, smallRun.slice(0, -1))).toBe('')
  expectGolden('large.quiet.txt', reported(quietReporter, largeRun))
})

describe('annotations for GitHub', () => {
  test('point at the line of the task that failed', () => {
    expect(reported(annotationsReporter, smallRun).trim().split('\n')).toEqual([
      '::error file=mirror.ts,line=12,col=7,title=Install the daemon [west-1] failed::install rbd-mirror: apt-get install -y rbd-mirror: exit code 100%0AE: Unable to locate package rbd-mirror%0AE: really',
      '::error file=mirror.ts,line=12,col=7,title=Install the daemon [west-2] unreachable::west-2 (10.0.0.4): no answer within 10 s',
      '::warning::two clocks differ by 3 s',
    ])
  })

  test('are warnings where a failure was rescued', () => {
    const rescued = end('1.1', 'a', 'failed', { failure: { summary: 'no' }, rescued: true })
    expect(reported(annotationsReporter, [rescued])).toBe('::warning title=task [a] failed%2C rescued::no\n')
  })

  test('cannot be broken out of', () => {
    const location = { file: `${folder}/a,b:c.ts`, line: 1 }
    expect(annotation({ summary: '100%\n::warning::x', location }, folder, 'a,b::c')).toBe(
      '::error file=a%2Cb%3Ac.ts,line=1,title=a%2Cb%3A%3Ac::100%25%0A::warning::x\n',
    )
  })
})
