import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { journalReporter } from '../../src/report/journal.ts'

const base = mkdtempSync(join(tmpdir(), 'journal-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const head = { playbook: '/p.ts', hash: 'x', started: '2026-01-01T00:00:00Z', user: 'ann', check: false }
const start = { type: 'run.start', playbook: 'p', check: false, time: '2026-01-01T00:00:00Z' } as const
const event = { type: 'play.end', play: 'p' } as const

test('each event is a line at once, for the user alone', () => {
  const folder = join(base, 'one')
  const journal = journalReporter(folder, head, () => undefined)
  journal.on(start)
  journal.on(event)
  expect(readFileSync(join(folder, 'events.jsonl'), 'utf8')).toBe(
    `${JSON.stringify(start)}\n{"type":"play.end","play":"p"}\n`,
  )
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('what was refused before it started leaves no journal', () => {
  const folder = join(base, 'none')
  const journal = journalReporter(folder, head, () => undefined)
  journal.on({ type: 'message', level: 'warning', text: 'x' })
  expect(existsSync(folder)).toBe(false)
})

test('a journal that cannot be begun is told, and stops nothing', () => {
  const reasons: string[] = []
  const journal = journalReporter('/dev/null/runs', head, (reason) => reasons.push(reason))
  journal.on(start)
  journal.on(event)
  expect(reasons).toEqual([expect.stringContaining('ENOTDIR')])
})

test('a journal that is lost on the way is told once, and stops nothing', () => {
  const folder = join(base, 'two')
  const reasons: string[] = []
  const journal = journalReporter(folder, head, (reason) => reasons.push(reason))
  journal.on(start)
  rmSync(folder, { recursive: true })
  journal.on(event)
  journal.on(event)
  expect(reasons).toEqual([expect.stringContaining('ENOENT')])
})
