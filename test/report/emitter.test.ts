import { describe, expect, test } from '@jest/globals'
import type { RunEvent } from '../../src/core/events.ts'
import { redactor } from '../../src/core/redact.ts'
import { emitter } from '../../src/report/emitter.ts'
import { jsonReporter } from '../../src/report/json.ts'
import { captured, end, smallRun } from './run-of-events.ts'

describe('the emitter', () => {
  test('blots out secrets wherever they stand in an event, before any reporter sees it', () => {
    const secret = 'AQBd0mhk9QxkJRAAxE3rlfnGHBoO1dQoO7QXzg=='
    const { options, text } = captured()
    const { emit } = emitter(
      [jsonReporter(options)],
      redactor(() => new Set([secret])),
    )
    emit({ type: 'host.output', task: '1', host: 'a', line: `key = ${secret}` })
    emit({ type: 'host.waiting', task: '1', host: 'a', condition: secret, seen: secret })
    emit(
      end('1', 'a', 'failed', {
        changes: [
          {
            summary: secret,
            command: secret,
            fingerprint: 'f',
            diff: { path: '/k', before: secret, after: `x ${secret}` },
          },
        ],
        failure: { summary: secret, detail: `\n${secret}\n`, hint: secret },
        note: secret,
      }),
    )
    emit({ type: 'message', level: 'info', text: secret })
    expect(text()).not.toContain(secret)
    expect(text().match(/\*{8}/g)).toHaveLength(12)
  })

  test('leaves a reporter out that broke, goes on with the others, and tells at the end', async () => {
    const seen: RunEvent[] = []
    const fault = new Error('no space left on device')
    let broke = 0
    const broken = {
      on: () => {
        broke++
        throw fault
      },
    }
    const { emit, end } = emitter([broken, { on: (event) => void seen.push(event) }])
    for (const event of smallRun) emit(event)
    expect(broke).toBe(1)
    expect(seen).toHaveLength(smallRun.length)
    await expect(end()).rejects.toBe(fault)
  })

  test('waits for every reporter to end', async () => {
    let ended = 0
    const slow = {
      on: () => {},
      end: async () => {
        await new Promise(setImmediate)
        ended++
      },
    }
    await emitter([slow, slow]).end()
    expect(ended).toBe(2)
  })
})
