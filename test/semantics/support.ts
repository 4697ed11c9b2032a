import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../../src/core/errors.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { runPlaybook } from '../../src/runner/run.ts'
import { createTransport } from '../../src/transport/index.ts'
import type { Ending, Outcome, Scenario, Scenarios } from './scenario.ts'

/** Four hosts that are this machine, and one whose port is closed. */
function inventory(log: string): string {
  return `
all:
  vars: {ansible_connection: local, log: ${log}}
  children:
    web: {hosts: {c: {}, a: {}, d: {}, b: {}}}
    away: {hosts: {gone: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}}}
`
}

interface Job {
  readonly name: string
  readonly scenario: Scenario
  readonly folder: string
  readonly log: string
  readonly inventoryFile: string
}

export interface Bench {
  ours(name: string): Promise<Outcome>
  /** What Ansible does in all of the scenarios. */
  theirs(): Promise<ReadonlyMap<string, Outcome>>
  remove(): void
}

export function createBench(scenarios: Scenarios): Bench {
  const root = mkdtempSync(join(tmpdir(), 'semantics-'))
  const jobFor = (name: string, side: string): Job => {
    const scenario = scenarios[name]
    if (!scenario) throw new Error(`there is no scenario "${name}"`)
    const folder = join(root, `${Object.keys(scenarios).indexOf(name)}-${side}`)
    mkdirSync(folder)
    const job = { name, scenario, folder, log: join(folder, 'log'), inventoryFile: join(folder, 'inventory.yml') }
    writeFileSync(job.inventoryFile, inventory(job.log))
    return job
  }
  return {
    ours: (name) => runOurs(jobFor(name, 'ours')),
    theirs: () => runTheirs(Object.keys(scenarios).map((name) => jobFor(name, 'theirs'))),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

async function runOurs({ scenario, log, inventoryFile }: Job): Promise<Outcome> {
  const { exitCode } = await runPlaybook({
    playbookName: 'scenario',
    plays: scenario.plays,
    inventory: await loadInventory([inventoryFile]),
    transport: createTransport({ agentSocket: 'none' }),
    emit: () => undefined,
    controllerFile: (path) => {
      throw new InputError({ summary: `no file ${path}` })
    },
    settings: { forks: 1, ...scenario.settings },
  })
  return { effects: effectsIn(log, scenario), ending: endingOf(exitCode, { 0: 'ok', 3: 'unreachable', 4: 'failed' }) }
}

async function runTheirs(jobs: readonly Job[]): Promise<ReadonlyMap<string, Outcome>> {
  const calls = jobs.map(({ scenario, folder, inventoryFile }) => {
    const file = join(folder, 'playbook.yml')
    writeFileSync(file, `${scenario.yaml}\n`)
    const args = ['-i', inventoryFile, '--forks', '1', ...(scenario.args ?? []), file]
    return { args, output: join(folder, 'output') }
  })
  await startAnsible(JSON.stringify(calls))
  return new Map(
    jobs.map(({ name, scenario, folder, log }): [string, Outcome] => {
      const code = Number(readFileSync(join(folder, 'output.code'), 'utf8'))
      const ending = endingOf(code, { 0: 'ok', 2: 'failed', 4: 'unreachable' }, join(folder, 'output'))
      return [name, { effects: effectsIn(log, scenario), ending }]
    }),
  )
}

function endingOf(code: number, endings: Readonly<Record<number, Ending>>, output?: string): Ending {
  const ending = endings[code]
  if (ending) return ending
  throw new Error(`exit code ${code}\n${output ? readFileSync(output, 'utf8') : ''}`)
}

function effectsIn(log: string, { perHost = false }: Scenario): string {
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
  const hostOf = (line: string) => line.split(' ')[1] ?? ''
  return (perHost ? lines.toSorted((x, y) => hostOf(x).localeCompare(hostOf(y))) : lines).join(', ')
}

/** Away from any configuration of this machine. */
function startAnsible(jobs: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'semantics-home-'))
  const config = join(home, 'ansible.cfg')
  writeFileSync(config, '')
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: config,
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_SSH_RETRIES: '0',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
  }
  const script = join(import.meta.dirname, 'ansible_playbooks.py')
  return new Promise((resolve, reject) => {
    const child = execFile('/usr/bin/python3', [script], { cwd: home, env }, (error, _, stderr) => {
      rmSync(home, { recursive: true, force: true })
      if (error) reject(new Error(stderr || error.message))
      else resolve()
    })
    child.stdin?.end(jobs)
  })
}
