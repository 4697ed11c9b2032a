import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { environment, main, playbook, project, root } from './support.ts'

describe('playbook check', () => {
  test('finds nothing in a good playbook, and touches no host', () => {
    const folder = project()
    expect(playbook(folder, ['check', 'hello.ts'])).toEqual({
      code: 0,
      stdout: 'hello.ts: 1 play, 1 task, 2 hosts: no mistake found\n',
      stderr: '',
    })
    expect(readdirSync(folder)).not.toContain('one.txt')
  })

  test('names every mistake with its place: groups, templates, arguments that differ from host to host', () => {
    const folder = project({
      'bad.ts': `import { copy, play, playbook, task, template } from 'ceph-playbook'

export default playbook({
  name: 'Bad',
  plays: [
    play({ name: 'Elsewhere', hosts: 'esat', tasks: [] }),
    play({
      name: 'Here',
      hosts: 'all',
      tasks: [
        task('Template', template({ src: 'nowhere.hbs', dest: '/tmp/x' })),
        task('Copy', copy(({ host }) => ({ dest: host.name === 'two' ? 'not/absolute' : '/tmp/x', content: 'x' }))),
        task('Elsewhere', copy({ dest: '/tmp/x', content: 'x' }), { delegateTo: 'three' }),
      ],
    }),
  ],
})
`,
    })
    const { code, stdout, stderr } = playbook(folder, ['check', 'bad.ts'])
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^bad\.ts:6: error: .*"esat"/m)
    expect(stderr).toMatch(/^bad\.ts:11: error: there is no file "nowhere\.hbs" on this machine/m)
    expect(stderr).toMatch(/^bad\.ts:12: error: copy: argument "dest": /m)
    expect(stderr).toMatch(/^bad\.ts:13: error: .*"three"/m)
    expect(stderr.match(/ error: /g)).toHaveLength(4)
    expect(code).toBe(2)
  })

  test('tells what runs nowhere', () => {
    const folder = project({
      'idle.ts': `import { copy, play, playbook, task } from 'ceph-playbook'

export default playbook({
  name: 'Idle',
  plays: [
    play({ name: 'Nowhere', hosts: 'east:&west', tasks: [] }),
    play({
      name: 'Here',
      hosts: 'all',
      tasks: [task('Never', copy({ dest: '/tmp/x', content: 'x' }), { when: ({ host }) => host.name === 'three' })],
    }),
  ],
})
`,
    })
    const { code, stdout, stderr } = playbook(folder, ['check', 'idle.ts'])
    expect(stderr).toBe('idle.ts:6: warning: play "Nowhere" runs nowhere: no host is named by "east:&west"\n')
    expect(stdout).toBe(
      'tasks that run on no host of this inventory: Never\nidle.ts: 2 plays, 1 task, 2 hosts: no mistake found\n',
    )
    expect(code).toBe(0)
  })

  test('tells what is certain to fail, and what is never reached behind it', () => {
    const folder = project({
      'ends.ts': `import { assert, block, copy, fail, play, playbook, task } from 'ceph-playbook'

export default playbook({
  name: 'Ends',
  plays: [
    play({
      name: 'Here',
      hosts: 'all',
      tasks: [
        task('Guard', assert(({ host }) => ({ that: host.name !== 'two', message: 'two has no disk' }))),
        block({ tasks: [task('Try', fail({ message: 'no' }))], rescue: [task('Mend', fail({ message: 'no' }))] }),
        task('Stop', fail({ message: 'this far' })),
        task('Late', copy({ dest: '/tmp/x', content: 'x' })),
      ],
    }),
  ],
})
`,
    })
    const { code, stderr } = playbook(folder, ['check', 'ends.ts'])
    expect(stderr.replaceAll(`${folder}/`, '')).toBe(
      [
        'ends.ts:12: warning: "Stop" fails on every host: this far',
        '  never reached: Late',
        'ends.ts:10: error: "Guard" would fail on two: two has no disk',
        '',
      ].join('\n'),
    )
    expect(code).toBe(2)
  })

  test.each(readdirSync(join(root, 'playbooks')).filter((file) => file.endsWith('.ts')))(
    'of our own %s finds no mistake but values that are to be given',
    (file) => {
      const { code, stderr } = playbook(root, ['check', file, '-i', 'playbooks/inventory.yml'])
      expect(stderr.replace(/^.* error: .*\n(?: {2}variable .*\n)* {2}try: .*-e \w+=.*\n/, '')).toBe('')
      expect([0, 2]).toContain(code)
    },
  )
})

test('what is wrong for many hosts is told once, and so is the output of a task that is in no play', () => {
  const folder = project({
    'lost.ts': `
import { debug, hostVar, play, playbook, query, task, z } from 'ceph-playbook'
const lost = task('lost', query({ argv: ['true'] }))
export default playbook({ name: 'x', plays: [play({ name: 'x', hosts: 'all', tasks: [
  task('a', debug(({ host }) => ({ message: hostVar(host, 'rack', z.string()) }))),
  task('b', debug(({ output }) => ({ message: output(lost).stdout }))),
] })] })
`,
  })
  const { code, stderr } = playbook(folder, ['check', 'lost.ts', '--no-typecheck'])
  expect(code).toBe(2)
  expect(stderr).toContain('lost.ts:5: error: host one has no variable "rack"\n  and so for 1 other host: two\n')
  expect(stderr).toContain('lost.ts:6: error: the output of task "lost" is needed, and that task is in no play\n')
  expect(stderr.match(/error:/g)).toHaveLength(2)
})

describe('playbook modules', () => {
  test('lists every module that the package exports, each with a sentence', () => {
    const { code, stdout } = playbook(project(), ['modules'])
    expect(stdout).toMatch(/^copy +A file with a content that is given/m)
    expect(stdout).toMatch(/^ceph\.pool +A pool, replicated/m)
    expect(stdout).toMatch(/^rbd\.image +\S/m)
    expect(stdout.split('\n').filter((line) => /^\S+\s*$/.test(line))).toEqual([])
    expect(code).toBe(0)
  })

  test('tells the arguments of one, from its schema', () => {
    const { stdout } = playbook(project(), ['modules', 'ceph.pool'])
    expect(stdout).toContain('  name: string  (required)\n      name of the pool\n')
    expect(stdout).toContain(`  state: 'present' | 'absent'  (default "present")\n`)
    expect(stdout).toContain(`  import { ceph } from 'ceph-playbook'\n  task('…', ceph.pool({ name: … }))\n`)
  })

  test('tells those of every module that there is', () => {
    const folder = project()
    const names = playbook(folder, ['modules'])
      .stdout.split('\n\n')[0]
      ?.split('\n')
      .map((line) => line.split(' ')[0] ?? '')
    expect(names?.length).toBeGreaterThan(20)
    const [first = '', last = ''] = [names?.[0], names?.at(-1)]
    expect(playbook(folder, ['modules', first]).stdout).toContain('Arguments:')
    expect(playbook(folder, ['modules', last]).stdout).toContain('Arguments:')
  })

  test('guesses what was meant', () => {
    expect(playbook(project(), ['modules', 'ceph.pol'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no module "ceph.pol"\n  try: did you mean "ceph.pool"?\n',
    })
  })

  test('may be cut off by a reader that has seen enough', () => {
    const command = `set -o pipefail; ${process.execPath} ${main} modules | head -1`
    expect(execFileSync('bash', ['-c', command], { encoding: 'utf8' })).toMatch(/^\S+ +\S.*\n$/)
  })
})

describe('playbook init', () => {
  test('in a file is refused as what it is: no bug of ours', () => {
    const folder = project({ file: '' })
    expect(playbook(folder, ['init', 'file'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: \S*file: file already exists \(mkdir\)\n {2}try: check the path/),
    })
  })

  test('makes a project that runs at once', () => {
    const folder = project()
    expect(playbook(folder, ['init', 'site'])).toEqual({
      code: 0,
      stdout: `inventory.yml, hello.ts, hello.test.js, package.json, tsconfig.json, .gitignore written. Try:

  cd site
  playbook plan hello.ts
  playbook run hello.ts
`,
      stderr: '',
    })
    const plan = playbook(join(folder, 'site'), ['plan', 'hello.ts'])
    expect(plan.stdout).toContain('TASK [Write the greeting]')
    expect(plan.code).toBe(0)
    expect(playbook(join(folder, 'site'), ['check', 'hello.ts']).code).toBe(0)
  })

  test('overwrites nothing', () => {
    const folder = project()
    mkdirSync(join(folder, 'site'))
    writeFileSync(join(folder, 'site/hello.ts'), 'mine')
    expect(playbook(folder, ['init', 'site'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: site has hello.ts already; nothing was written\n'),
    })
    expect(readdirSync(join(folder, 'site'))).toEqual(['hello.ts'])
  })
})

describe('playbook exec', () => {
  test('runs a command on each host, and says how it went', () => {
    const { code, stdout } = playbook(project(), ['exec', 'all', '-f', '1', '--', 'echo', 'a b', '$HOME'])
    expect(stdout).toBe('one | rc=0 >>\na b $HOME\ntwo | rc=0 >>\na b $HOME\n')
    expect(code).toBe(0)
  })

  test('gives a single word with blanks to a shell', () => {
    const { code, stdout } = playbook(project(), ['exec', 'all:!west', '--', 'echo out; echo err >&2; exit 3'])
    expect(stdout).toBe('one | FAILED | exit code 3 >>\nout\nerr\n')
    expect(code).toBe(4)
  })

  test('ends a command that takes too long', () => {
    const { code, stdout } = playbook(project(), ['exec', 'one', '--time-limit', '1', '--', 'sleep', '60'])
    expect(stdout).toBe('one | FAILED | timed out after 1 s and was ended >>\n')
    expect(code).toBe(4)
  })

  test('needs a command, and a host', () => {
    expect(playbook(project(), ['exec', 'all']).stderr).toMatch(/^error: exec: the command is missing\n/)
    expect(playbook(project(), ['exec', 'east:&west', '--', 'true'])).toMatchObject({
      code: 2,
      stderr: 'error: no host matches "east:&west"\n',
    })
  })
})

describe('help', () => {
  test('tells the commands and the exit codes', () => {
    const { code, stdout } = playbook(project(), ['--help'])
    for (const command of ['run <file>', 'plan <file>', 'check <file>', 'exec <pattern>', 'modules', 'init', 'lab'])
      expect(stdout).toContain(`playbook ${command}`)
    expect(stdout).toContain('Exit codes: 0 ok, 1 a bug, 2 bad input, 3 a host unreachable, 4 a task failed')
    expect(code).toBe(0)
  })

  test('of a command has examples', () => {
    expect(playbook(project(), ['run', '--help']).stdout).toContain('playbook run bidirectional.ts')
  })

  test('is not given in place of an error, but by --version the version', () => {
    expect(playbook(project(), ['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('completes commands in a shell', () => {
    const env = { SHELL: '/bin/bash' }
    expect(playbook(project(), ['completion'], env).stdout).toContain('complete -o bashdefault')
    expect(playbook(project(), ['--get-yargs-completions', 'playbook', 'mo'], env).stdout).toContain('modules')
  })

  test.each([
    [
      ['exec', ''],
      ['all', 'east', 'one'],
    ],
    [
      ['run', 'hello.ts', '--limit', ''],
      ['all', 'west', 'two'],
    ],
    [
      ['run', 'hello.ts', '-i', 'other.yml', '-l', 'm'],
      ['all', 'mons', 'm1'],
    ],
    [
      ['exec', 'one,'],
      ['one,all', 'one,two'],
    ],
    [
      ['modules', 'ceph.'],
      ['ceph.pool', 'copy'],
    ],
    [['runs', 'show', ''], ['last']],
  ])('completes %j', (line, words) => {
    const folder = project({ 'other.yml': 'mons: { hosts: { m1: } }' })
    const { stdout, stderr } = playbook(folder, ['--get-yargs-completions', 'playbook', ...line])
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(words))
    expect(stderr).toBe('')
  })

  // Pieces as bash hands them over: it breaks words at the signs of a pattern, but not within quotes.
  test.each([
    ["exec 'east:&we", ["'east:&we"], ['east:&west']],
    ['exec east:we', ['east', ':', 'we'], ['west']],
    ['exec east:', ['east', ':'], ['all', 'ungrouped', 'east', 'west', 'one', 'two']],
    [String.raw`exec east:\&we`, ['east', ':', String.raw`\&we`], [String.raw`\&west`]],
    ['exec we', ['we'], ['west']],
  ])('completes in bash: playbook %s', (line, pieces, answers) => {
    const script = `
      playbook() { "${process.execPath}" "${main}" "$@"; }
      eval "$(playbook completion)"
      COMP_LINE="playbook $1" COMP_POINT=$((9 + \${#1}))
      COMP_WORDS=(playbook exec "\${@:2}") COMP_CWORD=$#
      _playbook_completions
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', script, 'bash', line, ...pieces], {
      cwd: project(),
      env: { ...environment, SHELL: '/bin/bash' },
      encoding: 'utf8',
    })
    expect(stdout.trim().split('\n').sort()).toEqual([...answers].sort())
  })

  test('completes for zsh with colons that are no descriptions', () => {
    const env = { SHELL: '/bin/zsh' }
    expect(playbook(project(), ['completion'], env).stdout).toContain('compdef')
    const words = ['--get-yargs-completions', 'playbook', 'exec', "'east:&"]
    expect(playbook(project(), words, env).stdout).toContain(String.raw`east\:&west`)
  })

  test('completes nothing, and says nothing, where the inventory cannot be read', () => {
    const folder = project({ 'inventory.yml': 'all: [' })
    expect(playbook(folder, ['--get-yargs-completions', 'playbook', 'exec', ''])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })
})
