import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { keepRecords } from '../../src/cli/dr-records.ts'
import { block } from '../../src/core/block.ts'
import { play } from '../../src/core/playbook.ts'
import { type Task, task } from '../../src/core/task.ts'
import { debug } from '../../src/modules/debug.ts'
import { beginRecord } from '../../src/modules/rbd/record.ts'
import { siteRecord } from '../../src/modules/rbd/site-record.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'records-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const draft = {
  kind: 'failover' as const,
  pool: 'vms',
  from: 'east',
  to: 'west',
  operator: 'ann',
  reason: 'works',
  notes: [],
  images: [],
  time: 1_795_343_170,
}

test('the record that a run left at a site is in the folder of the run, for nobody else', () => {
  const end = task('Record what was done', siteRecord({ draft, finished: 1_795_343_190 }))
  const plays = [
    play({ name: 'roles', hosts: 'all', tasks: [task('Say', debug({ message: 'hello' })), block({ tasks: [end] })] }),
  ]
  const left = { ...beginRecord([], draft), finished: 1_795_343_190 }
  const hosts = new Map(['one', 'two'].map((name) => [name, { name, groups: [], vars: {} }]))
  const output = <Output>(of: Task<Output>, host: string) =>
    (of === (end as Task<unknown>) && host === 'two' ? left : undefined) as Output | undefined
  keepRecords(folder, { plays, inventory: { hosts } }, { output })
  expect(readdirSync(folder).sort()).toEqual([`${left.id}.json`, `${left.id}.md`])
  expect(JSON.parse(readFileSync(join(folder, `${left.id}.json`), 'utf8'))).toEqual(left)
  expect(readFileSync(join(folder, `${left.id}.md`), 'utf8')).toContain('# Failover of pool vms: east to west')
  expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600])
})
