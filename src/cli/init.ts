import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { InputError } from '../core/errors.ts'
import { packageVersion } from './package-folder.ts'
import { shownPath } from './shown-path.ts'
import { writeOut } from './stdout.ts'

interface InitArguments {
  readonly folder: string
}

export const initCommand: CommandModule<object, InitArguments> = {
  command: 'init [folder]',
  describe: 'Make a small project that runs at once',
  builder: (yargs) =>
    yargs
      .positional('folder', { type: 'string', default: '.', describe: 'Where; it is made when it is not there' })
      .example('$0 init my-site && cd my-site && $0 run hello.ts', 'Begin') as never,
  handler: ({ folder }) => init(resolve(folder)),
}

/** @throws InputError when one of its files is there already; nothing is written then. */
function init(folder: string): void {
  const files = filesOf(basename(folder))
  const present = Object.keys(files).filter((name) => existsSync(join(folder, name)))
  if (present.length > 0)
    throw new InputError({
      summary: `${shownPath(folder)} has ${present.join(', ')} already; nothing was written`,
      hint: 'playbook init FOLDER makes the project in another folder',
    })
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const enter = folder === process.cwd() ? '' : `  cd ${shownPath(folder)}\n`
  writeOut(
    `${Object.keys(files).join(', ')} written. Try:\n\n${enter}  playbook plan hello.ts\n  playbook run hello.ts\n`,
  )
}

function filesOf(name: string): Readonly<Record<string, string>> {
  return {
    'inventory.yml': inventory,
    'hello.ts': playbook,
    'hello.test.js': test,
    'package.json': `${JSON.stringify(packageJson(name), undefined, 2)}\n`,
    'tsconfig.json': `${JSON.stringify(tsconfig, undefined, 2)}\n`,
    '.gitignore': 'node_modules/\n.playbook/\n.env\n',
  }
}

const inventory = `# The machines, by groups. Patterns such as "web:!old" name them in plays and in --limit.
all:
  children:
    web:
      hosts:
        # This machine itself. A real one needs no more than its name, or:
        #   web-1: { ansible_host: 192.0.2.10, ansible_user: admin }
        localhost:
          ansible_connection: local
`

const playbook = `import { copy, play, playbook, task, z } from 'ceph-playbook'

export default playbook({
  name: 'Say hello',
  vars: {
    greeting: z.string().default('hello'),
  },
  plays: ({ greeting }) => [
    play({
      name: 'Every web server greets',
      hosts: 'web',
      tasks: [
        task(
          'Write the greeting',
          copy(({ host }) => ({ dest: '/tmp/greeting.txt', content: \`\${greeting} from \${host.name}\\n\` })),
        ),
      ],
    }),
  ],
})
`

function packageJson(name: string) {
  return {
    name:
      name
        .toLowerCase()
        .replace(/[^a-z0-9.-]+/g, '-')
        .replace(/^[.-]+/, '') || 'playbooks',
    private: true,
    type: 'module',
    scripts: { test: 'node --test' },
    dependencies: { 'ceph-playbook': `^${packageVersion()}` },
  }
}

/** What it does changes no host, so that it may be run anywhere, whatever the inventory becomes. */
const test = `import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

/** What playbook prints; it throws when the exit code is not 0. npm test finds the program. */
const playbook = (...args) => execFileSync('playbook', args, { encoding: 'utf8' })

test('hello.ts has no mistake', () => {
  assert.match(playbook('check', 'hello.ts'), /no mistake found/)
})

test('the greeting is the one that was asked for', () => {
  assert.match(playbook('plan', 'hello.ts', '-e', 'greeting=servus'), /[+]servus from /)
})
`

/** For editors; `playbook` itself needs none. */
const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  },
  include: ['*.ts'],
}
