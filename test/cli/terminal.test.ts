import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createTerminal } from '../report/terminal.ts'
import { environment, main, playbook, project, timeless, unlocked } from './support.ts'

/** Runs `playbook` on a terminal of its own (script(1)), and types an answer when it is asked. */
async function onTerminal(folder: string, args: readonly string[], answer?: { to: string; with: string }) {
  const command = `stty cols 80 rows 24; exec ${process.execPath} ${main} ${unlocked(args).join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...environment, TERM: 'xterm-256color' },
  })
  let text = ''
  let asked = false
  child.stdout.on('data', (piece) => {
    text += piece
    if (!answer || asked || !text.includes(answer.to)) return
    asked = true
    child.stdin.write(answer.with)
  })
  const [code] = await once(child, 'close')
  const terminal = createTerminal()
  terminal.write(text)
  return { code, text, screen: terminal.screen() }
}

describe('on a terminal', () => {
  test('the run is a tree, with colours, and the cursor is there again', async () => {
    const { code, text, screen } = await onTerminal(project(), ['run', 'hello.ts', '-f', '1'])
    expect(timeless(screen).trim()).toBe(`PLAYBOOK [Say hello]

PLAY [Greet] 2 hosts
✔ Write a note  2 changed  TIME
  ✔ one  changed  TIME
      write one.txt
  ✔ two  changed  TIME
      write two.txt

PLAY RECAP
one : ok=0  changed=1  unreachable=0  failed=0  skipped=0
two : ok=0  changed=1  unreachable=0  failed=0  skipped=0

2 hosts in TIME: 2 changed; REQUESTS over 2 connections`)
    expect(text).toContain('\u001b[33m2 changed\u001b[39m')
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'))
    expect(code).toBe(0)
  })

  test('a password is asked for once, and what is typed is not shown', async () => {
    const { code, text } = await onTerminal(project(), ['run', 'hello.ts', '-K'], {
      to: 'become password: ',
      with: 'correct horse\r',
    })
    expect(text.split('become password').length).toBe(2)
    expect(text).not.toContain('correct')
    expect(code).toBe(0)
  })

  test('Ctrl-C at the question ends it', async () => {
    const { code, text } = await onTerminal(project(), ['run', 'hello.ts', '-K'], {
      to: 'become password: ',
      with: '\u0003',
    })
    expect(text).toContain('error: no become password was given')
    expect(code).toBe(2)
  })
})

describe('passwords of the environment', () => {
  const files = {
    'env.ts': `
import { play, playbook, task } from 'ceph-playbook'
import { script } from './say.ts'

export default playbook({
  name: 'Environment',
  plays: [play({ name: 'Look', hosts: 'one', tasks: [task('Look', script({ run: 'env > seen; echo $PPID; cat /proc/$PPID/environ >> seen' }))] })],
})
`,
  }

  test('reach no child process, and no output', () => {
    const folder = project({ ...files, '.env': 'PLAYBOOK_PASSWORD="from the file"\n' })
    chmodSync(join(folder, '.env'), 0o600)
    const secrets = { PLAYBOOK_BECOME_PASSWORD: 'from-the-environment' }
    const { code, stdout } = playbook(folder, ['run', 'env.ts', '-vvv', '--output', 'json'], secrets)
    const seen = readFileSync(join(folder, 'seen'), 'utf8')
    for (const text of [stdout, seen]) {
      expect(text).not.toContain('from the file')
      expect(text).not.toContain('from-the-environment')
    }
    expect(code).toBe(0)
  })

  test('are blotted out where a host prints them', () => {
    const folder = project({
      ...files,
      'env.ts': files['env.ts'].replace('env > seen', 'echo 17from-the-environment; exit 3'),
    })
    const { code, stdout } = playbook(folder, ['run', 'env.ts', '-v'], { PLAYBOOK_PASSWORD: '17from-the-environment' })
    expect(stdout).toContain('********')
    expect(stdout).not.toContain('17from-the-environment')
    expect(code).toBe(4)
  })
})
