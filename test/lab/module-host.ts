import { spawn } from 'node:child_process'
import { sshCommand } from '../../lab/index.ts'
import type { Command, CommandResult } from '../../src/core/command.ts'
import { quote } from '../../src/core/quote.ts'
import { reveal } from '../../src/core/secret.ts'

/** Runs a module's commands on a host of a lab as root, each by an ssh of its own. */
export function hostRunner(lab: string, host: string): (command: Command) => Promise<CommandResult> {
  return async ({ argv, env = {}, stdin = '' }) => {
    const settings = Object.entries({ LC_ALL: 'C', ...env }).map(([name, value]) => `${name}=${value}`)
    const line = ['exec', 'env', ...settings, ...argv].map(quote).join(' ')
    const [ssh = '', ...args] = await sshCommand(lab, host, 'root', line)
    return ended(ssh, args, reveal(stdin))
  }
}

function ended(command: string, args: readonly string[], input: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['-o', 'BatchMode=yes', ...args])
    const result = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      result.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      result.stderr += text
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? undefined, ...result }))
  })
}
