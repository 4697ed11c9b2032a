import { describe, expect, test } from '@jest/globals'
import type { CommandResult } from '../../src/core/command.ts'
import { ConnectError, TaskFailed } from '../../src/core/errors.ts'
import { comeBack } from '../../src/runner/come-back.ts'

const restart = { proof: { argv: ['id'] }, before: 'boot 1', deadline: 5 }
const said = (stdout: string): CommandResult => ({ code: 0, stdout: `${stdout}\n`, stderr: '' })
const gone = () => new ConnectError({ summary: 'no route', host: 'a', address: 'a', step: 'connect' })

/** A host that gives these answers, one a look, and the last one for ever. */
function host(...answers: readonly (CommandResult | Error)[]) {
  const seen: string[] = []
  let asked = 0
  const ask = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]
    if (!answer || answer instanceof Error) throw answer
    return [answer]
  }
  return { ask, seen, waiting: (text: string) => seen.push(text), signal: undefined, delay: 0.01 }
}

describe('comeBack', () => {
  test('waits while the host is still up, gone, or not ready; and says what it sees', async () => {
    const there = host(
      said('boot 1'),
      gone(),
      { code: 1, stdout: '', stderr: 'its services are not started yet' },
      said('boot 2'),
    )
    await comeBack(restart, there)
    expect(there.seen).toEqual([
      'it was told to restart',
      'it has not gone down yet',
      'no route',
      'it is not ready: its services are not started yet',
    ])
  })

  test('a host that does not come back is a failure that says what was seen last', async () => {
    const waiting = comeBack({ ...restart, deadline: 0.05 }, host(gone()))
    await expect(waiting).rejects.toThrow(TaskFailed)
    await expect(comeBack({ ...restart, deadline: 0.05 }, host(gone()))).rejects.toHaveProperty(
      'detail',
      'seen last: no route',
    )
  })

  test('a bug is not waited for', async () => {
    await expect(comeBack(restart, host(new TypeError('x')))).rejects.toThrow(TypeError)
  })
})
