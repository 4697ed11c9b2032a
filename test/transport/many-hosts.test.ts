import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { environment, main, project } from '../cli/support.ts'
import { type ManyHosts, manyHosts } from './helpers/many.ts'
import { whyNoSshd } from './helpers/sshd.ts'

jest.setTimeout(300_000)

const count = 200
const noSshd = whyNoSshd()

/** Files that a run has open besides one connection a host: Node's own, the journal, pipes. */
const otherFiles = 60
/** Megabytes that a run has resident at most. */
const memory = 300

interface Measured {
  readonly code: number | null
  readonly output: string
  readonly openFiles: number
  readonly megabytes: number
}

/** Runs a playbook under a limit of open files, and looks at its process while it does. */
function measured(folder: string): Promise<Measured> {
  const command = `ulimit -n ${count + otherFiles}; exec "$0" "$@"`
  // All are one machine, whose lock only one of them could have.
  const args = [
    '-c',
    command,
    process.execPath,
    main,
    'run',
    'many.ts',
    '--no-typecheck',
    '--no-lock',
    '--timeout',
    '120',
  ]
  const child = spawn('sh', args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const most = { openFiles: 0, megabytes: 0 }
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data
    })
  const watch = setInterval(() => {
    try {
      const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
      most.openFiles = Math.max(most.openFiles, readdirSync(`/proc/${child.pid}/fd`).length)
      most.megabytes = Math.max(most.megabytes, peak / 1024 || 0)
    } catch {
      // It has ended.
    }
  }, 50)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch)
      resolve({ code, output, ...most })
    })
  })
}

const describeMany = noSshd ? describe.skip : describe

describeMany(`${count} hosts`, () => {
  let many: ManyHosts
  let folder: string

  beforeAll(async () => {
    many = await manyHosts(count)
    const playbook = `
import { copy, directory, play, playbook, query, task } from 'ceph-playbook'

const place = (host) => '${many.folder}/files/' + host.name

export default playbook({
  name: 'Many',
  plays: [
    play({
      name: 'Many',
      hosts: 'all',
      tasks: [
        task('Have a folder', directory(({ host }) => ({ path: place(host) }))),
        ...Array.from({ length: 4 }, (_, file) =>
          task('Have file ' + file, copy(({ host }) => ({ dest: place(host) + '/' + file, content: host.name }))),
        ),
        task('Look', query({ argv: ['true'] })),
      ],
    }),
  ],
})
`
    folder = project({ 'many.ts': playbook, 'inventory.yml': many.inventory })
  })
  afterAll(() => many?.stop())

  function expectBounded({ output, openFiles, megabytes }: Measured): void {
    process.stdout.write(`${openFiles} open files, ${Math.round(megabytes)} MB, ${output.trim().split('\n').at(-1)}\n`)
    expect(openFiles).toBeGreaterThanOrEqual(count)
    expect(openFiles).toBeLessThanOrEqual(count + otherFiles)
    expect(megabytes).toBeLessThan(memory)
  }

  test('a play that changes files on each: one connection a host', async () => {
    const run = await measured(folder)
    expect(run).toMatchObject({ code: 0 })
    expect(run.output).toMatch(/^200 hosts +: ok=1 +changed=5 +unreachable=0 +failed=0/m)
    expect(run.output).toMatch(/^200 hosts in .*: 200 changed; \d+ requests over 200 connections$/m)
    for (const name of many.names) expect(readFileSync(`${many.folder}/files/${name}/3`, 'utf8')).toBe(name)
    expectBounded(run)
  })

  test('a play that has nothing to do: at most three requests a host', async () => {
    const run = await measured(folder)
    expect(run).toMatchObject({ code: 0 })
    const requests = /^200 hosts in .*: nothing changed; (\d+) requests over 200 connections$/m.exec(run.output)?.[1]
    expect(Number(requests)).toBeLessThanOrEqual(3 * count)
    expectBounded(run)
  })
})
