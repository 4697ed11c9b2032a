import { describe, expect, test } from '@jest/globals'
import type { RunEvent } from '../../src/core/events.ts'
import type { Inventory } from '../../src/core/host.ts'
import { play } from '../../src/core/playbook.ts'
import { task } from '../../src/core/task.ts'
import { runPlaybook } from '../../src/runner/run.ts'
import { createTransport } from '../../src/transport/index.ts'
import { shell } from './support.ts'

const host = { name: 'here', groups: [], vars: { ansible_connection: 'local' } }
const inventory: Inventory = {
  hosts: new Map([[host.name, host]]),
  groups: new Map(),
  select: () => [host],
  expecting: () => inventory,
  adding: async () => inventory,
}

async function failureOf(one: ReturnType<typeof task>) {
  const events: RunEvent[] = []
  const { exitCode } = await runPlaybook({
    playbookName: 'timeout',
    plays: [play({ name: 'p', hosts: 'all', tasks: [one] })],
    inventory,
    transport: createTransport({ agentSocket: 'none' }),
    emit: (event) => events.push(event),
    controllerFile: (path) => path,
  })
  expect(exitCode).toBe(4)
  return events.flatMap((event) => (event.type === 'host.end' && event.failure ? [event.failure.summary] : []))[0]
}

describe('a task whose time is up', () => {
  test('names itself, the host and the last line of output', async () => {
    const hangs = shell({ line: 'echo one; echo waiting for the lock; exec sleep 60' })
    expect(await failureOf(task('Install', hangs, { timeout: 1 }))).toMatch(
      /^"Install" on here: .* timed out after 1 s and was ended; its last line was: waiting for the lock$/,
    )
  })

  test('says so when there was no output', async () => {
    expect(await failureOf(task('Sleep', shell({ line: 'exec sleep 60' }), { timeout: 1 }))).toContain(
      '; it had said nothing',
    )
  })
})
