import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { z } from 'zod'
import { change } from '../../src/core/change.ts'
import type { Command, CommandResult } from '../../src/core/command.ts'
import { cmd } from '../../src/core/command.ts'
import { ConnectError } from '../../src/core/errors.ts'
import type { RunEvent } from '../../src/core/events.ts'
import { writeFileCommand } from '../../src/core/files.ts'
import type { Host, Inventory } from '../../src/core/host.ts'
import { defineModule } from '../../src/core/module.ts'
import type { Play } from '../../src/core/playbook.ts'
import { reveal } from '../../src/core/secret.ts'
import type { Transport } from '../../src/core/transport.ts'
import { type RunSettings, runPlaybook } from '../../src/runner/run.ts'

/** Hosts that are folders of this machine: real commands, run by a real shell, each in its host's folder. */
export interface Lab {
  readonly transport: Transport
  readonly inventory: Inventory
  /** The batches sent to a host so far. */
  readonly requests: Map<string, string[][]>
  /** A host named here cannot be connected to. */
  readonly unreachable: Set<string>
  read(host: string, file: string): string | undefined
  files(host: string): string[]
  folder(host: string): string
  /** Default inventory: the lab's. */
  run(plays: readonly Play[], settings?: RunSettings, inventory?: Inventory): Promise<Run>
}

export interface Run {
  readonly events: readonly RunEvent[]
  readonly exitCode: number
  /** `task host status` of each end. */
  readonly ends: readonly string[]
  /** The failure's text by host. */
  readonly failures: Readonly<Record<string, string>>
}

const roots: string[] = []
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

export function createLab(...names: string[]): Lab {
  const root = mkdtempSync(join(tmpdir(), 'runner-'))
  roots.push(root)
  for (const name of names) mkdirSync(join(root, name))
  const requests = new Map(names.map((name): [string, string[][]] => [name, []]))
  const unreachable = new Set<string>()
  const inventory = flatInventory(names)
  const transport: Transport = {
    connect: async ({ name }) => {
      if (unreachable.has(name))
        throw new ConnectError({ summary: `${name} does not answer`, host: name, address: name, step: 'connect' })
      return {
        run: async (commands, { stopOnFailure = false }) => {
          requests.get(name)?.push(commands.map(({ argv }) => argv.join(' ')))
          const results: CommandResult[] = []
          for (const command of commands) {
            const result = await execute(command, join(root, name))
            results.push(result)
            if (stopOnFailure && result.code !== 0) break
          }
          return results
        },
        hold: async () => ({ line: 'held' }),
        close: async () => undefined,
      }
    },
  }
  return {
    transport,
    inventory,
    requests,
    unreachable,
    read: (host, file) => {
      try {
        return readFileSync(join(root, host, file), 'utf8')
      } catch {
        return undefined
      }
    },
    folder: (host) => join(root, host),
    files: (host) => readdirSync(join(root, host)).sort(),
    run: async (plays, settings = {}, given = inventory) => {
      const events: RunEvent[] = []
      const { exitCode } = await runPlaybook({
        playbookName: 'test',
        plays,
        inventory: given,
        transport,
        controllerFile: (path, encoding) => readFileSync(path, encoding ?? 'utf8'),
        emit: (event) => events.push(event),
        settings,
      })
      return { events, exitCode, ends: endsOf(events), failures: failuresOf(events) }
    },
  }
}

/** In the order of the tasks; the hosts of one task, which end in any order, by name. */
function endsOf(events: readonly RunEvent[]): string[] {
  const lines: string[] = []
  let group: string[] = []
  let name = ''
  for (const event of events) {
    if (event.type === 'task.start') name = event.task.name
    if (event.type === 'host.end') group.push(`${name} ${event.host} ${event.status}`)
    if (event.type !== 'task.end') continue
    lines.push(...group.sort())
    group = []
  }
  return lines
}

function failuresOf(events: readonly RunEvent[]): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((e) => (e.type === 'host.end' && e.failure ? [[e.host, e.failure.summary] as const] : [])),
  )
}

function execute({ argv, stdin }: Command, cwd: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = argv
    const child = spawn(file, args, { cwd, stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (data) => {
      stdout += data
    })
    child.stderr?.on('data', (data) => {
      stderr += data
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? undefined, stdout, stderr }))
    if (stdin !== undefined) child.stdin?.end(reveal(stdin))
  })
}

/** Every host in `all`; a pattern is a list of names. */
function flatInventory(names: readonly string[]): Inventory {
  const hosts = new Map(names.map((name): [string, Host] => [name, { name, groups: [], vars: {} }]))
  const inventory: Inventory = {
    hosts,
    groups: new Map([['all', names]]),
    select: (pattern) =>
      [...hosts.values()].filter(({ name }) => pattern === 'all' || pattern.split(':').includes(name)),
    expecting: () => inventory,
    adding: async () => inventory,
  }
  return inventory
}

/** A file in the host's folder; its output is its content. */
export const text = defineModule({
  name: 'test.text',
  description: 'A file with a text.',
  args: z.strictObject({ path: z.string(), content: z.string() }),
  read: async ({ path }, look) => (await look.file(path, { content: true }))?.content,
  *plan({ path, content }, have: string | undefined) {
    if (have === content) return
    const command = writeFileCommand({
      path,
      content,
      owner: String(process.getuid?.() ?? ''),
      group: String(process.getgid?.() ?? ''),
      mode: '0644',
    })
    yield change(`write ${path}`, command, { path, before: have, after: content })
  },
  output: (_, have) => have,
  absent: undefined,
  scope: 'host',
})

/** A file in the host's folder that other hosts may care for: as `text`, but its scope is wider. */
export const sharedText = defineModule({ ...text.definition, name: 'test.shared', scope: 'wider' })

/** Appends a word to a file, always. */
export const append = defineModule({
  name: 'test.append',
  description: 'A word at the end of a file.',
  args: z.strictObject({ path: z.string(), word: z.string() }),
  read: async () => undefined,
  *plan({ path, word }) {
    yield change(`append ${word}`, cmd`sh -c ${'echo "$2" >> "$1"'} sh ${path} ${word}`)
  },
  absent: undefined,
  scope: 'host',
})

/** Runs a shell line as a change. */
export const shell = defineModule({
  name: 'test.shell',
  description: 'A shell line.',
  args: z.strictObject({ line: z.string() }),
  read: async () => undefined,
  *plan({ line }) {
    yield change('run', cmd`sh -c ${line}`)
  },
  absent: undefined,
})

/** The text of a file as output; fails when there is none. */
export const cat = defineModule({
  name: 'test.cat',
  description: 'What is in a file.',
  args: z.strictObject({ path: z.string() }),
  read: (args, look) => look.text(cmd`cat ${args.path}`),
  *plan() {},
  output: (_, have) => have,
  absent: '',
})
