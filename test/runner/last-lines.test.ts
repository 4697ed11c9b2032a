import { describe, expect, test } from '@jest/globals'
import { lastLines } from '../../src/runner/last-lines.ts'

function linesOf(...pieces: readonly string[]): string[] {
  const lines: string[] = []
  const push = lastLines((line) => lines.push(line))
  for (const piece of pieces) push(0, 'stdout', piece)
  return lines
}

describe('output in pieces', () => {
  test('becomes lines, and what says nothing is left out', () => {
    expect(linesOf('on', 'e\n\n  \ntwo\r', '10%\r20%\r\nopen')).toEqual(['one', 'two', '10%', '20%'])
  })

  test('of a line that is too long no piece is shown, since it could be the end of a secret', () => {
    const half = 'x'.repeat(40_000)
    expect(linesOf('before\n', half, half, 'the end of a secret\nafter\n')).toEqual(['before', 'after'])
    expect(linesOf(`${half}${half} the end of a secret\nafter\n`)).toEqual(['after'])
    expect(linesOf(half, half, half, half, '\nafter\n')).toEqual(['after'])
  })

  test('streams and commands do not mix', () => {
    const lines: string[] = []
    const push = lastLines((line) => lines.push(line))
    push(0, 'stdout', 'a')
    push(0, 'stderr', 'b\n')
    push(1, 'stdout', 'c\n')
    push(0, 'stdout', '\n')
    expect(lines).toEqual(['b', 'c', 'a'])
  })
})
