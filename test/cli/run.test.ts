import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { playbook, project, timeless } from './support.ts'

const noteOf = (folder: string, host: string) => readFileSync(join(folder, `${host}.txt`), 'utf8')

describe('playbook run', () => {
  test('does what the playbook says, once', () => {
    const folder = project()
    const first = playbook(folder, ['run', 'hello.ts', '-f', '1'])
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

2 hosts in TIME: 2 changed; REQUESTS over 2 connections
`)
    expect(first.code).toBe(0)
    expect(noteOf(folder, 'one')).toBe('hello\n')
    const second = playbook(folder, ['run', 'hello.ts'])
    expect(timeless(second.stdout)).toContain('2 hosts in TIME: nothing changed; REQUESTS over 2 connections')
    expect(second.code).toBe(0)
  })

  test('--check --diff, that is plan, says what would change and changes nothing', () => {
    const folder = project()
    writeFileSync(join(folder, 'one.txt'), 'bye\n')
    const { code, stdout } = playbook(folder, ['plan', 'hello.ts', '--limit', 'one'])
    expect(timeless(stdout)).toBe(`PLAYBOOK [Say hello] (check: nothing is changed)

PLAY [Greet] 1 host

TASK [Write a note]
  changed: [one] TIME
      write one.txt
        --- one.txt
        +++ one.txt
        @@ -1 +1 @@
        -bye
        +hello

PLAY RECAP
one : ok=0  changed=1  unreachable=0  failed=0  skipped=0

1 host in TIME: 1 would change; REQUESTS over 1 connection
`)
    expect(code).toBe(0)
    expect(noteOf(folder, 'one')).toBe('bye\n')
  })

  test('takes variables as YAML values, and from files', () => {
    const folder = project({ 'more.yml': 'greeting: good evening\ntimes: 2\n' })
    expect(playbook(folder, ['run', 'hello.ts', '-e', '@more.yml', '-e', 'greeting=hi: you']).code).toBe(0)
    expect(noteOf(folder, 'two')).toBe('hi: you\nhi: you\n')
  })

  test('tells a playbook that has a record to keep who runs it, where nobody is named', () => {
    const folder = project({
      'who.ts': `
import { play, playbook, recordVars, task } from 'ceph-playbook'
import { note } from './say.ts'

export default playbook({
  name: 'Who',
  vars: { ...recordVars },
  plays: ({ operator }) => [
    play({ name: 'Who', hosts: 'one', tasks: [task('Write', note({ path: 'one.txt', text: String(operator) }))] }),
  ],
})
`,
    })
    expect(playbook(folder, ['run', 'who.ts']).code).toBe(0)
    expect(noteOf(folder, 'one')).toBe(`${userInfo().username}@${hostname()}`)
    expect(playbook(folder, ['run', 'who.ts', '-e', 'operator=ada']).code).toBe(0)
    expect(noteOf(folder, 'one')).toBe('ada')
  })

  test('lists hosts, tasks and tags without running anything', () => {
    const folder = project()
    const { code, stdout } = playbook(folder, ['run', 'hello.ts', '--list-hosts', '--list-tasks', '--list-tags'])
    expect(stdout).toBe(`play #1 (all): Greet
  hosts (2):
    one
    two
  tasks:
    Write a note  (test.note)  tags: notes
  tags:
    notes
`)
    expect(code).toBe(0)
    expect(existsSync(join(folder, 'one.txt'))).toBe(false)
  })

  test('lists hosts as far as they are known where earlier plays add some, and runs on those, too', () => {
    const folder = project({
      'grow.ts': `import { addHost, groupBy, play, playbook, task } from 'ceph-playbook'
import { note } from './say.ts'

const groups = ['odd', 'even'] as const

export default playbook({
  name: 'Grow',
  plays: [
    play({
      name: 'Add',
      hosts: 'all',
      tasks: [
        task('Group', groupBy({ groups, key: ({ host }) => (host.name === 'one' ? 'odd' : 'even') })),
        task('Add', addHost({ name: 'three', groups: ['made'] })),
      ],
    }),
    play({
      name: 'Use',
      hosts: 'odd:made',
      tasks: [task('Note', note(({ host }) => ({ path: process.cwd() + '/' + host.name + '.txt', text: 'x' })))],
    }),
  ],
})
`,
    })
    const listed = playbook(folder, ['run', 'grow.ts', '--list-hosts'])
    expect(listed.stdout).toBe(`play #1 (all): Add
  hosts (2):
    one
    two

play #2 (odd:made): Use
  hosts (0, and what earlier plays add):
`)
    expect(playbook(folder, ['check', 'grow.ts'])).toMatchObject({ code: 0, stderr: '' })
    expect(playbook(folder, ['plan', 'grow.ts', '-o', 'plan.json']).code).toBe(0)
    const { code, stdout } = playbook(folder, ['run', 'grow.ts', '--plan', 'plan.json'])
    expect([code, readdirSync(folder).filter((name) => name.endsWith('.txt'))]).toEqual([0, ['one.txt', 'three.txt']])
    expect(stdout).toContain('from the next play on: three in made')
  })

  test('--tags and --skip-tags choose tasks', () => {
    const folder = project()
    playbook(folder, ['run', 'hello.ts', '--skip-tags', 'x,notes'])
    expect(existsSync(join(folder, 'one.txt'))).toBe(false)
    playbook(folder, ['run', 'hello.ts', '-t', 'notes', '-l', 'west'])
    expect(existsSync(join(folder, 'one.txt'))).toBe(false)
    expect(existsSync(join(folder, 'two.txt'))).toBe(true)
  })

  test('a task that fails ends its host, is told with its place and its last words, and exits with 4', () => {
    const folder = project({
      'fail.ts': `
import { play, playbook, task } from 'ceph-playbook'
import { script } from './say.ts'

export default playbook({
  name: 'Fail',
  plays: [
    play({
      name: 'Fail on one',
      hosts: 'all',
      tasks: [
        task('Break', script(({ host }) => ({ run: host.name === 'one' ? 'echo oh no >&2; exit 7' : 'true' }))),
        task('Go on', script({ run: 'true' })),
      ],
    }),
  ],
})
`,
    })
    const { code, stdout } = playbook(folder, ['run', 'fail.ts', '-f', '1'])
    expect(timeless(stdout)).toBe(`PLAYBOOK [Fail]

PLAY [Fail on one] 2 hosts

TASK [Break]
  failed: [one] (fail.ts:12) TIME
      run echo oh no >&2; exit 7: sh -c 'echo oh no >&2; exit 7' sh: exit code 7
        oh no
  changed: [two] TIME
      run true

TASK [Go on]
  changed: [two] TIME
      run true

FAILURES
failed: [one] Break (fail.ts:12)
    run echo oh no >&2; exit 7: sh -c 'echo oh no >&2; exit 7' sh: exit code 7
      oh no

PLAY RECAP
one : ok=0  changed=0  unreachable=0  failed=1  skipped=0
two : ok=0  changed=2  unreachable=0  failed=0  skipped=0

2 hosts in TIME: 1 changed, 1 failed; REQUESTS over 2 connections
`)
    expect(code).toBe(4)
  })

  test('a host that cannot be reached is told as such, the others are done, and it exits with 3', () => {
    const folder = project({
      'lost.yml': `
all:
  hosts:
    one: { ansible_connection: local }
    gone: { ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: nobody }
`,
    })
    const { code, stdout } = playbook(folder, ['run', 'hello.ts', '-i', 'lost.yml'])
    expect(stdout).toMatch(/unreachable: \[gone\] \(hello\.ts:\d+\)/)
    expect(stdout).toContain('gone : ok=0  changed=0  unreachable=1  failed=0  skipped=0')
    expect(noteOf(folder, 'one')).toBe('hello\n')
    expect(code).toBe(3)
  })
})

describe('--output', () => {
  test('json on standard output is one event a line, and nothing else', () => {
    const { stdout } = playbook(project(), ['run', 'hello.ts', '--output', 'json'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events[0]).toMatchObject({ type: 'run.start', playbook: 'Say hello', check: false })
    expect(events.at(-1)).toMatchObject({ type: 'run.end', exitCode: 0 })
  })

  test('goes to several places at once', () => {
    const folder = project()
    const { stdout } = playbook(folder, [
      'run',
      'hello.ts',
      '--output',
      'json=run.json',
      '--output',
      'junit=run.xml',
      '--output',
      'quiet',
    ])
    expect(stdout).toMatch(/^PLAY RECAP\n/)
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toContain('"type":"run.end"')
    expect(readFileSync(join(folder, 'run.xml'), 'utf8')).toContain(
      '<testcase classname="Greet" name="Write a note [one]"',
    )
  })

  test('has colours only where they are wanted', () => {
    const folder = project()
    const colour = '\u001b['
    expect(playbook(folder, ['run', 'hello.ts']).stdout).not.toContain(colour)
    expect(playbook(folder, ['run', 'hello.ts'], { FORCE_COLOR: '1' }).stdout).toContain(colour)
    expect(playbook(folder, ['run', 'hello.ts'], { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toContain(colour)
  })

  test('says on GitHub which line failed', () => {
    const folder = project({ 'bad.yml': 'all: { hosts: { gone: { ansible_host: 127.0.0.1, ansible_port: 1 } } }' })
    const { stderr } = playbook(folder, ['run', 'hello.ts', '-i', 'bad.yml'], { GITHUB_ACTIONS: 'true' })
    expect(stderr).toMatch(/^::error file=hello\.ts,line=13,title=Write a note \[gone\] unreachable::/m)
    writeFileSync(join(folder, 'hello.ts'), 'const a: number = ""\n')
    expect(playbook(folder, ['run', 'hello.ts'], { GITHUB_ACTIONS: 'true' }).stderr).toMatch(
      /^::error file=hello\.ts,line=1,col=7::TS2322: /m,
    )
  })

  test('that does not exist, or twice the terminal, is refused', () => {
    const folder = project()
    expect(playbook(folder, ['run', 'hello.ts', '--output', 'jsn'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: --output: there is no output "jsn"\n  try: did you mean "json"?\n',
    })
    expect(playbook(folder, ['run', 'hello.ts', '--output', 'json', '--output', 'lines']).stderr).toBe(
      'error: --output: json and lines cannot both go to the terminal\n  try: --output json=FILE\n',
    )
  })
})

test('what is kept of a run is for its owner alone, and can be told again', () => {
  const folder = project()
  playbook(folder, ['run', 'hello.ts'])
  const [run = ''] = readdirSync(join(folder, '.playbook/runs'))
  expect(statSync(join(folder, '.playbook/runs', run)).mode & 0o077).toBe(0)
  expect(playbook(folder, ['runs']).stdout).toContain('exit code 0: changed=2 failed=0 unreachable=0')
  expect(playbook(folder, ['runs', 'show', 'last']).stdout).toContain('TASK [Write a note]')
})
