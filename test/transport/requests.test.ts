import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { RunEvent } from '../../src/core/events.ts'
import type { Inventory } from '../../src/core/host.ts'
import { play } from '../../src/core/playbook.ts'
import { task } from '../../src/core/task.ts'
import { copy } from '../../src/modules/copy.ts'
import { directory } from '../../src/modules/directory.ts'
import { lineinfile } from '../../src/modules/lineinfile.ts'
import { runPlaybook } from '../../src/runner/run.ts'
import { createTransport } from '../../src/transport/index.ts'
import { startServer, type TestServer } from './helpers/server.ts'

let server: TestServer
const folder = mkdtempSync(join(tmpdir(), 'requests-'))

beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

function inventory(): Inventory {
  const host = server.host()
  const alone: Inventory = {
    hosts: new Map([[host.name, host]]),
    groups: new Map(),
    select: () => [host],
    expecting: () => alone,
    adding: async () => alone,
  }
  return alone
}

/** Thirty tasks of four kinds. */
const tasks = Array.from({ length: 10 }, (_, index) => [
  task('Make a folder', directory({ path: `${folder}/d${index}`, mode: '0750' })),
  task('Write a file', copy({ dest: `${folder}/d${index}/f`, content: `line ${index}\n`, mode: '0640' })),
  task('See to a line', lineinfile({ path: `${folder}/d${index}/f`, line: `line ${index}` })),
])

async function converge(): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = []
  await runPlaybook({
    playbookName: 'requests',
    plays: [play({ name: 'thirty tasks', hosts: 'all', tasks })],
    inventory: inventory(),
    transport: createTransport({ agentSocket: 'none' }),
    controllerFile: () => '',
    emit: (event) => events.push(event),
  })
  return events
}

test('thirty tasks with nothing to do take one connection and at most three requests', async () => {
  await converge()
  Object.assign(server.counts, { connections: 0, channels: 0, writes: 0, requests: 0 })
  const events = await converge()
  const ends = events.filter((event) => event.type === 'host.end')
  expect(ends.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 'ok'))
  expect(server.counts.connections).toBe(1)
  expect(server.counts.channels).toBe(1)
  expect(server.counts.requests).toBeLessThanOrEqual(3)
  expect(events.at(-1)).toMatchObject({ type: 'run.end', connections: 1, requests: server.counts.requests })
})
