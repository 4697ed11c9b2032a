import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { playbook, project } from './support.ts'

/** Writes two files; the second lies in a folder that may not be there. */
const files = {
  'files.ts': `
import { copy, play, playbook, task, z } from 'ceph-playbook'
import { join } from 'node:path'
const here = import.meta.dirname
export default playbook({
  name: 'files',
  vars: { text: z.string().default('one') },
  plays: ({ text }) => [
    play({
      name: 'write',
      hosts: 'one',
      tasks: [
        task('first', copy({ dest: join(here, 'first'), content: text })),
        task('second', copy({ dest: join(here, 'folder/second'), content: text })),
      ],
    }),
  ],
})
`,
}

const run = (folder: string, ...args: string[]) => playbook(folder, [...args, '--no-typecheck'])

test('a plan is saved, shown, and applied as it is', () => {
  const folder = project(files)
  mkdirSync(join(folder, 'folder'))
  expect(run(folder, 'plan', 'files.ts', '-o', 'plan.json')).toMatchObject({ code: 0 })
  expect(existsSync(join(folder, 'first'))).toBe(false)
  expect(statSync(join(folder, 'plan.json')).mode & 0o777).toBe(0o600)
  expect(run(folder, 'run', 'files.ts', '--plan', 'plan.json')).toMatchObject({ code: 0 })
  expect(readFileSync(join(folder, 'folder/second'), 'utf8')).toBe('one')
})

test('a plan is refused, and nothing done, when a host or the variables are no longer those', () => {
  const folder = project(files)
  mkdirSync(join(folder, 'folder'))
  run(folder, 'plan', 'files.ts', '-o', 'plan.json')
  const other = run(folder, 'run', 'files.ts', '--plan', 'plan.json', '-e', 'text=two')
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('with other variables') })
  writeFileSync(join(folder, 'first'), 'one')
  const drifted = run(folder, 'run', 'files.ts', '--plan', 'plan.json')
  expect(drifted.code).toBe(2)
  expect(drifted.stderr).toMatch(/one: "first" was planned to write .*first, and would now/)
  expect(existsSync(join(folder, 'folder/second'))).toBe(false)
})

test('a plan is refused where the same would be written over something else; what stands there now is shown', () => {
  const folder = project(files)
  mkdirSync(join(folder, 'folder'))
  writeFileSync(join(folder, 'first'), 'as it was read\n')
  run(folder, 'plan', 'files.ts', '-o', 'plan.json')
  writeFileSync(join(folder, 'first'), 'edited since\n')
  const { code, stderr } = run(folder, 'run', 'files.ts', '--plan', 'plan.json')
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /one: "first" would still write \S+first, but what stands there is no longer what the plan found/,
  )
  expect(stderr).toContain('      -edited since\n      +one')
  expect(readFileSync(join(folder, 'first'), 'utf8')).toBe('edited since\n')
})

test('a plan is asked for with the options that it was made with', () => {
  const folder = project(files)
  mkdirSync(join(folder, 'folder'))
  run(folder, 'plan', 'files.ts', '-o', 'plan.json', '--limit', 'one:two')
  expect(run(folder, 'run', 'files.ts', '--plan', 'plan.json')).toMatchObject({
    code: 2,
    stderr: `error: plan.json was planned with --limit one:two, and is asked for with none
  try: playbook run files.ts --plan plan.json --limit one:two
`,
  })
  expect(run(folder, 'run', 'files.ts', '--plan', 'plan.json', '--limit', 'one:two').code).toBe(0)
})

test('a plan that is not whole is not saved, and that is said', () => {
  const folder = project({
    ...files,
    'inventory.yml': 'all: { hosts: { one: { ansible_host: 127.0.0.1, ansible_port: 1, ansible_ssh_args: -F none } } }',
  })
  const plan = run(folder, 'plan', 'files.ts', '-o', 'plan.json')
  expect(plan).toMatchObject({ code: 3, stderr: 'warning: plan.json was not written: the plan is not whole\n' })
  expect(existsSync(join(folder, 'plan.json'))).toBe(false)
})

test('a run that failed is resumed at the task that failed, told again, and not resumed twice', () => {
  const folder = project(files)
  expect(run(folder, 'run', 'files.ts').code).toBe(4)
  rmSync(join(folder, 'first'))
  mkdirSync(join(folder, 'folder'))
  expect(run(folder, 'run', 'files.ts', '--resume').code).toBe(0)
  expect(existsSync(join(folder, 'first'))).toBe(false)
  expect(readFileSync(join(folder, 'folder/second'), 'utf8')).toBe('one')
  expect(run(folder, 'run', 'files.ts', '--resume')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nothing is left to do'),
  })
  const { stdout } = playbook(folder, ['runs'])
  expect(stdout).toMatch(/run {2}exit code 0: changed=1 .*\n.*run {2}exit code 4: changed=1 failed=1/)
  expect(playbook(folder, ['runs', 'show', 'last']).stdout).toContain('done by the run that is resumed')
})

test('a run that was refused does not stand between an interrupted one and its resumption', () => {
  const folder = project(files)
  run(folder, 'run', 'files.ts')
  rmSync(join(folder, 'first'))
  expect(run(folder, 'run', 'files.ts', '--limit', 'nobody').code).toBe(2)
  mkdirSync(join(folder, 'folder'))
  expect(run(folder, 'run', 'files.ts', '--resume').code).toBe(0)
  expect(existsSync(join(folder, 'first'))).toBe(false)
})

test('a resumed run that is interrupted, or for some hosts only, is resumed with what the first one did', () => {
  const folder = project({
    'two.ts': `
import { command, play, playbook, task } from 'ceph-playbook'
const here = import.meta.dirname
export default playbook({ name: 'two', plays: [play({ name: 'p', hosts: 'all', tasks: [
  task('once', command(({ host }) => ({ shell: 'echo once >> ' + here + '/log-' + host.name }))),
  task('needs a repair', command(({ host }) => ({ shell: 'test -e ' + here + '/repaired-' + host.name }))),
] })] })
`,
  })
  const log = (host: string) => readFileSync(join(folder, `log-${host}`), 'utf8')
  expect(run(folder, 'run', 'two.ts').code).toBe(4)
  writeFileSync(join(folder, 'repaired-one'), '')
  expect(run(folder, 'run', 'two.ts', '--resume', '--limit', 'one').code).toBe(0)
  expect(run(folder, 'run', 'two.ts', '--resume').code).toBe(4)
  writeFileSync(join(folder, 'repaired-two'), '')
  expect(run(folder, 'run', 'two.ts', '--resume').code).toBe(0)
  expect([log('one'), log('two')]).toEqual(['once\n', 'once\n'])
})

test('a playbook that was edited is not resumed; the refusal names the task at which to start', () => {
  const folder = project(files)
  run(folder, 'run', 'files.ts')
  expect(run(folder, 'run', 'files.ts', '--resume', '-e', 'text=two')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('or --start-at-task "second", where it stopped'),
  })
})

test('what is kept of runs is for the user alone', () => {
  const folder = project(files)
  run(folder, 'run', 'files.ts')
  const [id = ''] = readdirSync(join(folder, '.playbook/runs'))
  expect(statSync(join(folder, '.playbook/runs', id)).mode & 0o777).toBe(0o700)
})
