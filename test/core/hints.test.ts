import { describe, expect, test } from '@jest/globals'
import { cmd } from '../../src/core/command.ts'
import { CommandFailed } from '../../src/core/errors.ts'

const failed = (result: object, hint?: string) =>
  new CommandFailed(cmd`cat`, { code: 1, stdout: '', stderr: '', ...result }, hint)

describe('what to try when a command failed', () => {
  test.each([
    ['cat: write error: No space left on device', /df -h/],
    ['mkdir: cannot create directory: Read-only file system', /remount/],
    ['fork: Cannot allocate memory', /free -m/],
  ])('%s', (stderr, hint) => expect(failed({ stderr }).hint).toMatch(hint))

  test('a command whose time was up', () => expect(failed({ code: undefined, timedOut: 2 }).hint).toMatch(/timeout/))
  test('what it said itself comes before what the module guesses', () =>
    expect(failed({ stderr: 'No space left on device' }, 'is it there?').hint).toMatch(/df -h/))
  test('what the module knows comes before what follows from the time', () =>
    expect(failed({ timedOut: 2 }, 'do this').hint).toBe('do this'))
  test('nothing, where nothing is known', () => expect(failed({ stderr: 'no' }).hint).toBeUndefined())
})
