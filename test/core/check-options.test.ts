import { describe, expect, test } from '@jest/globals'
import { type PlayOptions, play } from '../../src/core/playbook.ts'
import { handler, type TaskOptions, task } from '../../src/core/task.ts'
import { debug } from '../../src/modules/debug.ts'

const call = debug({ message: 'x' })
const met = () => true

describe('numbers that make no sense are refused where they stand', () => {
  test.each<[TaskOptions, string]>([
    [{ throttle: 0 }, 'throttle must be a whole number from 1 on, and is 0'],
    [{ timeout: 0 }, 'timeout must be a number of seconds above 0, and is 0'],
    [{ until: { condition: 'c', met, retries: 1.5 } }, 'until.retries must be'],
    [{ until: { condition: 'c', met, delay: -1 } }, 'until.delay must be'],
    [{ until: { condition: 'c', met, backoff: 0.5 } }, 'until.backoff must be'],
    [{ until: { condition: 'c', met, deadline: Number.NaN } }, 'until.deadline must be'],
  ])('of a task: %j', (options, reason) => {
    expect(() => task('t', call, options)).toThrow(`task "t": ${reason}`)
    expect(() => handler('t', call, options)).toThrow(reason)
  })

  test.each<[Partial<PlayOptions>, string]>([
    [{ serial: 0 }, 'serial: "0" is neither a number of hosts nor a percentage such as "25%"'],
    [{ serial: [1, 'x%'] }, 'serial: "x%" is neither'],
    [{ serial: 2.5 }, 'serial: "2.5" is neither'],
    [{ maxFailPercentage: 101 }, 'maxFailPercentage must be a number from 0 to 100, and is 101'],
  ])('of a play: %j', (options, reason) => {
    expect(() => play({ name: 'p', hosts: 'all', tasks: [], ...options })).toThrow(`play "p": ${reason}`)
  })

  test('those that do are taken', () => {
    expect(
      task('t', call, { throttle: 1, timeout: 0.5, until: { condition: 'c', met, retries: 0, delay: 0 } }).name,
    ).toBe('t')
    expect(
      play({ name: 'p', hosts: 'all', tasks: [], serial: [1, '25%', 3], maxFailPercentage: 0 }).serial,
    ).toHaveLength(3)
  })

  test('the error has the line of the playbook', () => {
    expect(() => task('t', call, { throttle: 0 })).toThrow(
      expect.objectContaining({ location: expect.objectContaining({ file: import.meta.filename }) }),
    )
  })
})
