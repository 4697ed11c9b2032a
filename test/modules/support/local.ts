import { spawn } from 'node:child_process'
import type { Command, CommandResult } from '../../../src/core/command.ts'
import { CommandFailed } from '../../../src/core/errors.ts'
import type { Look } from '../../../src/core/look.ts'
import { lookWith } from '../../../src/core/look-with.ts'
import type { Observation } from '../../../src/core/prepared-module.ts'
import { reveal } from '../../../src/core/secret.ts'
import type { ModuleCall, TaskContext } from '../../../src/core/task.ts'

/** Runs a command on this machine. */
export function runLocally(command: Command): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = command.argv
    const child = spawn(file, args, { env: { ...process.env, LC_ALL: 'C', ...command.env } })
    const result = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      result.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      result.stderr += text
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(reveal(command.stdin ?? ''))
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve({ code: 127, stdout: '', stderr: `${file}: not found` }) : reject(error),
    )
    child.on('close', (code) => resolve({ code: code ?? undefined, ...result }))
  })
}

/** A context for calls whose arguments are plain. */
export const noContext: TaskContext = {
  host: { name: 'host', groups: [], vars: {} },
  hosts: () => [],
  output: () => {
    throw new Error('a module test has no other tasks')
  },
  changed: () => false,
  mayHaveChanged: () => false,
  ran: () => false,
}

type ControllerFile = Look['controllerFile']
export type RunCommand = (command: Command) => Promise<CommandResult>

const noFiles: ControllerFile = (path) => Promise.reject(new Error(`no controller file ${path}`))

/** What a module sees and plans on this machine. */
export function observeHere<Output>(
  call: ModuleCall<Output>,
  controllerFile: ControllerFile = noFiles,
): Promise<Observation<Output>> {
  return observeBy(runLocally, call, controllerFile)
}

/** Applies a module to this machine: what it changed, and what it would change if run again. */
export function applyHere<Output>(
  call: ModuleCall<Output>,
  controllerFile: ControllerFile = noFiles,
): Promise<{ readonly first: Observation<Output>; readonly second: Observation<Output> }> {
  return applyBy(runLocally, call, controllerFile)
}

/** As `observeHere`, on the host that `run` leads to. */
export function observeBy<Output>(
  run: RunCommand,
  call: ModuleCall<Output>,
  controllerFile: ControllerFile = noFiles,
): Promise<Observation<Output>> {
  return call.prepare(noContext).observe(lookWith(run, controllerFile))
}

/** As `applyHere`, on the host that `run` leads to. */
export async function applyBy<Output>(
  run: RunCommand,
  call: ModuleCall<Output>,
  controllerFile: ControllerFile = noFiles,
): Promise<{ readonly first: Observation<Output>; readonly second: Observation<Output> }> {
  const first = await observeBy(run, call, controllerFile)
  for (const { command } of first.changes) {
    const result = await run(command)
    if (result.code !== 0) throw new CommandFailed(command, result)
  }
  return { first, second: await observeBy(run, call, controllerFile) }
}
