import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { release } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { environment, main, playbook, project } from './support.ts'

/** Runs `playbook` on a terminal of its own (script(1)), and types the next answer each time it is asked. */
async function answering(folder: string, args: readonly string[], answers: readonly string[]) {
  const command = `exec ${process.execPath} ${main} ${args.join(' ')}`
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env: environment })
  let text = ''
  let asked = 0
  child.stdout.on('data', (piece) => {
    text += piece
    if (text.split('without asking: ').length - 1 <= asked) return
    child.stdin.write(`${answers[asked]}\r`)
    asked++
  })
  const [code] = await once(child, 'close')
  return { code, text, asked }
}

function steps(): string {
  return project({
    'steps.ts': `
import { play, playbook, task } from 'ceph-playbook'
import { script } from './say.ts'
const touch = (name: string) => task(name, script({ run: 'touch done-' + name }))
export default playbook({
  name: 'Steps',
  plays: [play({ name: 'Steps', hosts: 'one', tasks: ['first', 'second', 'third', 'fourth'].map(touch) })],
})
`,
  })
}

const done = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('done-'))

describe('run --step', () => {
  test('asks before each task: yes, no, and continue without asking', async () => {
    const folder = steps()
    const { code, asked, text } = await answering(folder, ['run', '--no-lock', '--step', 'steps.ts'], ['y', 'n', 'c'])
    expect(done(folder)).toEqual(['done-first', 'done-fourth', 'done-third'])
    expect(asked).toBe(3)
    expect(text).toContain('run "second" on one?')
    expect(code).toBe(0)
  })

  test('is refused where nobody can be asked', () => {
    const folder = steps()
    const { code, stderr } = playbook(folder, ['run', '--step', 'steps.ts'])
    expect([code, done(folder)]).toEqual([2, []])
    expect(stderr).toContain('--step asks before each task, and standard input is not a terminal')
  })
})

describe('run --start-at-task', () => {
  test('begins there', () => {
    const folder = steps()
    expect(playbook(folder, ['run', 'steps.ts', '--start-at-task', 'third']).code).toBe(0)
    expect(done(folder)).toEqual(['done-fourth', 'done-third'])
  })

  test('names the nearest task for one that there is not', () => {
    const folder = steps()
    const { code, stderr } = playbook(folder, ['run', 'steps.ts', '--start-at-task', 'thrid'])
    expect([code, done(folder)]).toEqual([2, []])
    expect(stderr).toContain('did you mean "third"?')
  })
})

describe('facts', () => {
  test('are printed by host, only those asked for', () => {
    const { code, stdout } = playbook(project(), ['facts', 'east', '--only', 'kernel'])
    expect([code, JSON.parse(stdout)]).toEqual([0, { one: { kernel: release() } }])
  })

  test('one that there is not is refused', () => {
    const { code, stderr } = playbook(project(), ['facts', 'all', '--only', 'kernle'])
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean "kernel"?')
  })

  test('of a host that is away are missing, and that is told', () => {
    const folder = project({ hosts: 'away ansible_host=127.0.0.1 ansible_port=1\nhere ansible_connection=local\n' })
    const { code, stdout, stderr } = playbook(folder, ['facts', 'all', '-i', 'hosts', '--only', 'kernel'])
    expect([code, JSON.parse(stdout)]).toEqual([3, { here: { kernel: release() } }])
    expect(stderr).toContain('away: ')
  })
})
