import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { playbook, project, root } from './support.ts'

const book = (tasks: string, rest = '') => `import { copy, play, playbook, task } from 'ceph-playbook'

export default playbook({
  name: 'Book',
  plays: [play({ name: 'Play', hosts: 'all', tasks: [
    ${tasks}
  ] })],
})
${rest}`

/** What is written to standard error; nothing else is printed, and the exit code is 2. */
function refusal(folder: string, ...args: string[]): string {
  const { code, stdout, stderr } = playbook(folder, args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  return stderr.replaceAll(folder, '.').replaceAll(root, 'PACKAGE')
}

describe('a command line', () => {
  const folder = project()

  test('without a command', () => {
    expect(refusal(folder)).toBe('error: a command is missing\n  try: playbook --help\n')
  })

  test('with a command that is mistyped', () => {
    expect(refusal(folder, 'rn', 'hello.ts')).toBe('error: unknown command "rn"\n  try: did you mean "run"?\n')
  })

  test('with an option that is mistyped', () => {
    expect(refusal(folder, 'run', 'hello.ts', '--chek')).toBe(
      'error: unknown option --chek\n  try: did you mean "--check"?\n',
    )
  })

  test('with an option that lacks its value', () => {
    expect(refusal(folder, 'run', 'hello.ts', '--limit')).toBe(
      'error: option --limit needs a value\n  try: playbook run --help\n',
    )
  })

  test('without the playbook', () => {
    expect(refusal(folder, 'run')).toBe('error: an argument is missing\n  try: playbook run --help\n')
  })

  test('with one argument too many', () => {
    expect(refusal(folder, 'run', 'hello.ts', 'there')).toBe(
      'error: unexpected argument "there"\n  try: playbook run --help\n',
    )
  })

  test('with the command for the hosts in the wrong place', () => {
    expect(refusal(folder, 'exec', 'all', 'uptime')).toBe(
      'error: unexpected argument "uptime"\n  try: playbook exec PATTERN -- uptime …\n',
    )
  })

  test('with an option that is given twice', () => {
    expect(refusal(folder, 'run', 'hello.ts', '--limit', 'one', '--limit', 'two')).toBe(
      'error: option --limit was given more than once\n  try: playbook run --help\n',
    )
  })

  test.each([
    ['--forks', 'many'],
    ['--forks', '0'],
    ['--timeout', '-1'],
    ['--keepalive', '1.5'],
    ['--time-limit', '2147484'],
  ])('with %s %s', (option, value) => {
    expect(refusal(folder, 'run', 'hello.ts', option, value)).toBe(
      `error: option ${option} needs a whole number from 1 to 2147483\n  try: playbook run --help\n`,
    )
  })

  test('with a number given twice', () => {
    expect(refusal(folder, 'run', 'hello.ts', '--keepalive', '1', '--keepalive', '1000')).toBe(
      'error: option --keepalive was given more than once\n  try: playbook run --help\n',
    )
  })

  test('with a place where the plan cannot be saved: said before any host is asked', () => {
    expect(refusal(folder, 'plan', 'hello.ts', '-o', 'nowhere/plan.json')).toMatch(
      /^error: -o: nowhere.plan.json cannot be written: no such file or directory/,
    )
    expect(refusal(folder, 'plan', 'hello.ts', '-o', '.')).toBe('error: -o: . is a folder\n  try: -o ./plan.json\n')
  })

  test.each([
    ['nowhere.json', /^error: nowhere.json cannot be read: no such file or directory/],
    ['hello.ts', /^error: hello.ts is no saved plan: it is not JSON/],
    ['other.json', /^error: other.json is no plan that this version saved/],
  ])('with --plan %s', (file, said) => {
    expect(refusal(project({ 'other.json': '{}' }), 'run', 'hello.ts', '--plan', file)).toMatch(said)
  })
})

describe('a playbook', () => {
  test('that is not there: the folders looked in, and the name that was probably meant', () => {
    expect(refusal(project(), 'run', 'helo.ts')).toBe(
      `error: there is no playbook "helo.ts"
  looked in ., ./playbooks, PACKAGE/playbooks
  try: did you mean "hello.ts"?
`,
    )
  })

  test('with a syntax error: file, line and column, with and without checking types', () => {
    const folder = project({ 'bad.ts': 'const a = {\n  b: 1,,\n}\nexport default a\n' })
    expect(refusal(folder, 'run', 'bad.ts')).toMatch(/^bad\.ts:2:8: error: TS1136: Property assignment expected\.\n/)
    expect(refusal(folder, 'run', 'bad.ts', '--no-typecheck')).toBe('bad.ts:2:8: error: Unexpected token\n')
  })

  test('with type errors: file, line and column of each', () => {
    const text = book(
      'task(3, copy({ dest: "/tmp/x", content: "x" })),\n    task("b", copy({ dest: 4, content: "x" })),',
    )
    const folder = project({ 'lib/bad.ts': text, 'top.ts': `export { default } from './lib/bad.ts'\n` })
    expect(refusal(folder, 'run', 'top.ts')).toBe(
      `lib/bad.ts:6:10: error: TS2345: Argument of type 'number' is not assignable to parameter of type 'string'.
  lib/bad.ts:7:22: TS2322: Type 'number' is not assignable to type 'string'.
`,
    )
  })

  test('with a module argument that is misspelt: where, and what was probably meant', () => {
    const folder = project({ 'bad.ts': book('task("a", copy({ dst: "/tmp/x", content: "x" })),') })
    expect(refusal(folder, 'run', 'bad.ts')).toBe(
      `bad.ts:6:22: error: TS2353: Object literal may only specify known properties, and 'dst' does not exist in the arguments of this module. Did you mean 'dest'?
  try: playbook modules NAME tells them
`,
    )
    expect(refusal(folder, 'run', 'bad.ts', '--no-typecheck')).toBe(
      `bad.ts:6: error: copy: argument "dest" is needed; unknown argument "dst" (did you mean "dest"?)
  try: playbook modules copy
`,
    )
  })

  test('with a module argument that is missing: by its name, without the whole of its schema', () => {
    const folder = project({ 'bad.ts': book('task("a", copy(({ host }) => ({ content: host.name }))),') })
    const text = refusal(folder, 'run', 'bad.ts')
    expect(text).toContain("Property 'dest' is missing in type '{ content: string; }'")
    expect(text).toContain(
      "required in type '{ mode?, owner?, group?, validate?, backup?, dest, content?, encoding?, src? }'",
    )
    expect(text).not.toContain('Zod')
  })

  test.each([
    [
      'task("a", copy(({ host }) => ({ dst: "/tmp/x", content: host.name }))),',
      "There is no 'dst'. Did you mean 'dest'?\n  try: playbook modules NAME tells them\n",
    ],
    [
      'task("a", copy({ dest: "/tmp/x", content: "x", colour: "blue" })),',
      'It takes mode, owner, group, validate, backup, dest, content, encoding, src.\n',
    ],
    ['task("a", ceph.pol({ name: "x" })),', "bad.ts:6:20: error: TS2551: Property 'pol' does not exist on 'ceph'. Did"],
    ['copy({ dest: "/tmp/x", content: "x" }),', "\n  try: a module's call becomes a step of a play by task("],
    ['task("a", copy({ dest: host.name })),', '\n  try: what depends on the host is a function of it: copy(('],
  ])('with a slip that the compiler finds: %s', (tasks, said) => {
    const folder = project({ 'bad.ts': book(tasks).replace('{ copy', '{ ceph, copy') })
    const text = refusal(folder, 'run', 'bad.ts')
    expect(text).toMatch(/^bad\.ts:6:\d+: error: TS/)
    expect(text).toContain(said)
  })

  test.each([
    [
      'task("a", copy({ dest: "/tmp/x", content: "x" }), { throttle: 0 }),',
      'bad.ts:6: error: task "a": throttle must be',
    ],
    ['task("a", copy({ dest: "/tmp/x", content: "x", src: "y" })),', 'content or src is needed, and not both'],
    [
      'task("a", copy(({ host }) => ({ dest: hostVar(host, "pats", z.string()), content: "x" }))),',
      'did you mean "path"?',
    ],
  ])('with a slip that shows when it is read: %s', (tasks, said) => {
    const files = {
      'bad.ts': book(tasks).replace('{ copy', '{ z, hostVar, copy'),
      'group_vars/all.yml': 'path: /tmp/x\n',
    }
    const text = refusal(project(files), 'check', 'bad.ts')
    expect(text).toMatch(/^bad\.ts:6: error: /)
    expect(text).toContain(said)
  })

  test('without a default export', () => {
    const folder = project({ 'bad.ts': 'export const a = 1\n' })
    expect(refusal(folder, 'run', 'bad.ts')).toBe(
      'bad.ts: error: it has no default export\n  try: export default playbook({ name: …, plays: […] })\n',
    )
  })

  test('that throws while it is loaded', () => {
    const folder = project({ 'bad.ts': book('', '\nconst names: string[] = JSON.parse("{}")\nnames.map(String)\n') })
    expect(refusal(folder, 'run', 'bad.ts')).toBe('bad.ts:11: error: TypeError: names.map is not a function\n')
  })

  test('that imports what is not there', () => {
    const folder = project({ 'bad.ts': "import './nowhere.ts'\n" })
    expect(refusal(folder, 'run', 'bad.ts')).toMatch(/^bad\.ts:1:8: error: TS\d+: /)
    expect(refusal(folder, 'run', 'bad.ts', '--no-typecheck')).toMatch(/^bad\.ts.*: error: .*nowhere\.ts/)
  })

  test('is checked again when a file it imports changes, and only then', () => {
    const folder = project({ 'top.ts': `export { default } from './hello.ts'\n` })
    const cache = join(folder, 'cache')
    const run = () => playbook(folder, ['run', 'top.ts', '--list-hosts'], { XDG_CACHE_HOME: cache })
    const checked = () => {
      const types = join(cache, 'ceph-playbook/types')
      const record = readdirSync(types).find((name) => name.endsWith('.checked')) ?? ''
      return statSync(join(types, record)).mtimeMs
    }
    expect(run().code).toBe(0)
    const first = checked()
    expect(run().code).toBe(0)
    expect(checked()).toBe(first)
    expect(statSync(join(cache, 'ceph-playbook')).mode & 0o077).toBe(0)
    writeFileSync(join(folder, 'hello.ts'), `${readFileSync(join(folder, 'hello.ts'), 'utf8')}\n`)
    expect(run().code).toBe(0)
    expect(checked()).toBeGreaterThan(first)
    writeFileSync(join(folder, 'say.ts'), 'export const nothing = 1\n')
    expect(refusal(folder, 'run', 'top.ts')).toMatch(/^hello\.ts:3:10: error: TS2305: /)
  })
})

describe('variables', () => {
  const folder = project()

  test('that are unknown or do not fit are told all at once', () => {
    expect(refusal(folder, 'run', 'hello.ts', '-e', 'greting=x', '-e', 'times=many')).toMatch(
      /^hello\.ts: error: the playbook's variables do not fit\n {2}unknown variable "greting" \(-e greting=…\): did you mean "greeting"\?\n {2}variable "times" \(-e times=…\): Invalid input: expected number, received string\n {2}try: -e greeting=… -e times=…\n$/,
    )
  })

  test('in a file are told with line and column', () => {
    writeFileSync(join(folder, 'wrong.yml'), 'greeting: hi\n\ntimes: many\n')
    expect(refusal(folder, 'run', 'hello.ts', '-e', '@wrong.yml')).toContain(
      'variable "times" (wrong.yml:3:1): Invalid',
    )
  })

  test.each(['12', '007', 'true', '1.20'])('%s is text where the playbook wants text', (greeting) => {
    const said = playbook(folder, ['run', 'hello.ts', '-e', `greeting=${greeting}`, '--check', '--diff'])
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining(`+${greeting}\n`) })
  })

  test('without a value', () => {
    expect(refusal(folder, 'run', 'hello.ts', '-e', 'greeting')).toBe(
      'error: -e greeting: expected name=value or @file\n  try: -e pool=mirror-pool-test\n',
    )
  })

  test('from a file that is no YAML', () => {
    writeFileSync(join(folder, 'vars.yml'), 'a: 1\nb: [1,\n')
    expect(refusal(folder, 'run', 'hello.ts', '-e', '@vars.yml')).toMatch(/^vars\.yml:\d+:\d+: error: /)
  })
})

test('what never answers ends with a word, and not in silence', () => {
  const folder = project({ 'inventory.ts': 'export default () => new Promise(() => undefined)\n' })
  const { code, stderr } = playbook(folder, ['inventory', '-i', 'inventory.ts', '--graph'])
  expect(code).toBe(1)
  expect(stderr).toContain('nothing is left to wait for, and what was begun has not ended')
})

describe('an inventory', () => {
  test('that is not there', () => {
    expect(refusal(project(), 'run', 'hello.ts', '-i', 'inventry.yml')).toBe(
      `error: there is no inventory "inventry.yml"
  looked in ., ./playbooks, PACKAGE/playbooks
  try: did you mean "inventory.yml"?
`,
    )
  })

  test('that is no YAML: file, line and column', () => {
    const folder = project({ 'bad.yml': 'all:\n  hosts: [\n' })
    expect(refusal(folder, 'run', 'hello.ts', '-i', 'bad.yml')).toMatch(/^(\.\/)?bad\.yml:\d+:\d+: error: /)
  })

  test('without the group that a play names', () => {
    const folder = project({ 'bad.ts': book('').replace("'all'", "'esat'") })
    expect(refusal(folder, 'run', 'bad.ts')).toMatch(/^(bad\.ts:5: )?error: .*"esat".*\n {2}try: .*"?east"?/)
  })

  test('and the playbook are both told of when both are wrong', () => {
    const folder = project({ 'bad.yml': 'all: [\n', 'bad.ts': 'export const a = 1\n' })
    const text = refusal(folder, 'run', 'bad.ts', '-i', 'bad.yml')
    expect(text).toContain('it has no default export')
    expect(text).toMatch(/bad\.yml:\d+:\d+: error: /)
  })
})

describe('passwords', () => {
  test('are not asked for where nobody can answer', () => {
    expect(refusal(project(), 'run', 'hello.ts', '-K')).toBe(
      `error: become password cannot be asked for: standard input is not a terminal
  try: set PLAYBOOK_BECOME_PASSWORD in the environment or in .env, without -K
`,
    )
  })

  test('in a file that others can read are refused', () => {
    const folder = project({ '.env': 'PLAYBOOK_PASSWORD=hunter22\n' })
    expect(refusal(folder, 'run', 'hello.ts')).toBe(
      '.env: error: PLAYBOOK_PASSWORD is taken from .env, which others can read\n  try: chmod 600 .env\n',
    )
  })

  test('that an inventory takes from such a file are refused, too, and others in it are nobody’s business', () => {
    const inventory =
      'all: { hosts: { one: { ansible_connection: local, ansible_become_password: "{{ env.SUDO }}" } } }'
    const run = (env: string) =>
      playbook(project({ '.env': env, 'inventory.yml': inventory }), ['exec', 'all', '--', 'true'])
    const { code, stderr } = run('SUDO=canary-sudo\n')
    expect(code).toBe(2)
    expect(stderr).toBe('.env: error: SUDO is taken from .env, which others can read\n  try: chmod 600 .env\n')
    expect(playbook(project({ '.env': 'COLOUR=blue\n' }), ['exec', 'all', '--', 'true'])).toMatchObject({
      code: 0,
      stderr: '',
    })
  })
})
