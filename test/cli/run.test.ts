import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { playbook, project, timeless } from './support.ts'

describe('playbook run', () => {
  test('does what the playbook says, once', () => {
    const folder = project()
    const first = playbook(folder, ['run', 'hello.ts'])
    expect(first.stderr).toBe('')
    expect(timeless(first.stdout)).toBe(`PLAYBOOK [Say hello]

PLAY [Greet] 2 hosts

TASK [Write a note]
  changed: [one] TIME
      write one.txt
  changed: [two] TIME
      write two.txt

PLAY RECAP
one : ok=0  changed=1  unreachable=0  failed=0  skipped=0
two : ok=0  changed=1  unreachable=0  failed=0  skipped=0

2 hosts in TIME: 2 changed; 4 requests over 2 connections
`)
    expect(first.code).toBe(0)
    expect(readFileSync(join(folder, 'one.txt'), 'utf8')).toBe('hello\n')
    const second = playbook(folder, ['run', 'hello.ts'])
    expect(second.stdout).toContain('2 hosts in')
    expect(second.stdout).toContain('nothing changed')
  })
})
