import { describe, expect, test } from '@jest/globals'
import { showDifference, unifiedDiff } from '../../src/report/diff.ts'

const numbered = (length: number) => Array.from({ length }, (_, index) => `line ${index + 1}\n`)

describe('a unified diff', () => {
  test('shows three lines around a change, and hunks apart where changes are apart', () => {
    const before = numbered(20)
    const after = before.with(1, 'second\n').toSpliced(17, 1)
    expect(unifiedDiff('/etc/ceph/ceph.conf', before.join(''), after.join(''))).toBe(
      [
        '--- /etc/ceph/ceph.conf',
        '+++ /etc/ceph/ceph.conf',
        '@@ -1,5 +1,5 @@',
        ' line 1',
        '-line 2',
        '+second',
        ' line 3',
        ' line 4',
        ' line 5',
        '@@ -15,6 +15,5 @@',
        ' line 15',
        ' line 16',
        ' line 17',
        '-line 18',
        ' line 19',
        ' line 20',
      ].join('\n'),
    )
  })

  test('of a new file comes from nothing', () => {
    expect(unifiedDiff('/etc/motd', undefined, 'hello\n')).toBe('--- /dev/null\n+++ /etc/motd\n@@ -0,0 +1 @@\n+hello')
  })

  test('of equal texts is empty', () => {
    expect(unifiedDiff('/etc/motd', 'hello\n', 'hello\n')).toBe('')
  })

  test('tells that only the last line end differs', () => {
    expect(unifiedDiff('/f', 'a', 'a\n')).toBe('--- /f\n+++ /f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a')
  })

  test('of texts that have thousands of different lines comes at once', () => {
    const before = numbered(5000).join('')
    const after = numbered(5000).toReversed().join('')
    expect(unifiedDiff('/f', before, after).split('\n')).toHaveLength(2 + 1 + 9999 + 1)
  })

  test('turns the old text into the new one when it is applied as the format says', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % below
    }
    for (let round = 0; round < 300; round++) {
      const text = () => Array.from({ length: random(40) }, () => `${random(4)}\n`).join('')
      const [before, after] = [text(), text()]
      expect(applied(before, unifiedDiff('f', before, after))).toBe(after)
    }
  })
})

/** Applies a unified diff strictly: every kept and removed line must stand where the hunk says. */
function applied(before: string, diff: string): string {
  const old = before.split('\n').slice(0, -1)
  const result: string[] = []
  let next = 0
  for (const line of diff.split('\n').slice(2)) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+/.exec(line)
    if (head) {
      const start = head[2] === '0' ? Number(head[1]) : Number(head[1]) - 1
      result.push(...old.slice(next, start))
      next = start
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else {
      expect(old[next]).toBe(line.slice(1))
      if (line.startsWith(' ')) result.push(line.slice(1))
      next++
    }
  }
  return [...result, ...old.slice(next)].map((line) => `${line}\n`).join('')
}

describe('a difference between values', () => {
  test('reads from one to the other', () => {
    expect(showDifference({ from: 2, to: 3 })).toBe('2 → 3')
    expect(showDifference({ from: undefined, to: 'image' })).toBe('(none) → image')
    expect(showDifference({ from: { mon: 'allow r' }, to: { mon: 'profile rbd-mirror' } })).toBe(
      '{"mon":"allow r"} → {"mon":"profile rbd-mirror"}',
    )
  })
})
