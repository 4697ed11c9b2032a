import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from '@jest/globals'

export const root = join(import.meta.dirname, '../..')
export const main = join(root, 'dist/src/cli/main.js')

const home = mkdtempSync(join(realpathSync(tmpdir()), 'playbook-cli-'))
let projects = 0

afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What every test's run is started with, and nothing of the environment of whoever runs the tests. */
export const environment = { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8' }

/** A folder with these files; it is gone after the tests. */
export function project(files: Readonly<Record<string, string>> = {}): string {
  const folder = join(home, `project-${++projects}`)
  mkdirSync(folder)
  for (const [name, text] of Object.entries({ ...common, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `playbook` as a user does, in a folder. */
export function playbook(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...unlocked(args)], {
    cwd,
    env: { ...environment, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { code: status, stdout, stderr }
}

/** This machine is one host to the lock, and tests run on it side by side. */
export function unlocked(args: readonly string[]): readonly string[] {
  return args[0] === 'run' ? ['run', '--no-lock', ...args.slice(1)] : args
}

/** Durations differ from run to run; requests are counted by the runner's own tests. */
export function timeless(text: string): string {
  return text.replace(/\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d)?s\b/g, 'TIME').replace(/\d+ requests?/g, 'REQUESTS')
}

const common = {
  'inventory.yml': `
all:
  vars:
    ansible_connection: local
  children:
    east: { hosts: { one: } }
    west: { hosts: { two: } }
`,
  'say.ts': `
import { change, defineModule, sh, z } from 'ceph-playbook'

/** Runs a script, and counts as changed. */
export const script = defineModule({
  name: 'test.script',
  description: 'Runs a script.',
  args: z.strictObject({ run: z.string() }),
  absent: undefined,
  read: async () => undefined,
  *plan({ run }) {
    yield change(\`run \${run}\`, sh(run))
  },
})

/** A file with this text. */
export const note = defineModule({
  name: 'test.note',
  description: 'Writes a file.',
  args: z.strictObject({ path: z.string(), text: z.string() }),
  absent: undefined,
  read: async ({ path }, look) => (await look.file(path, { content: true }))?.content,
  *plan({ path, text }, have) {
    if (have !== text)
      yield change(\`write \${path}\`, { ...sh('cat > "$1"', path), stdin: text }, { path, before: have, after: text })
  },
})
`,
  'hello.ts': `
import { play, playbook, task, z } from 'ceph-playbook'
import { note } from './say.ts'

export default playbook({
  name: 'Say hello',
  vars: { greeting: z.string().default('hello'), times: z.int().default(1) },
  plays: ({ greeting, times }) => [
    play({
      name: 'Greet',
      hosts: 'all',
      tasks: [
        task('Write a note', note(({ host }) => ({ path: host.name + '.txt', text: (greeting + '\\n').repeat(times) })), {
          tags: ['notes'],
        }),
      ],
    }),
  ],
})
`,
}
