import type { ChildProcess } from 'node:child_process'
import { ConnectError } from '../core/errors.ts'
import type { Pipes } from './pipes.ts'

/** Starts a command line by this machine's shell, in a session of its own, so that Ctrl-C is ours to handle. */
export async function spawnLocal(name: string, line: string): Promise<Pipes> {
  const { $ } = await import('zx')
  const shell = $({
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    quote: (text) => text,
    stdio: 'pipe',
    detached: true,
    quiet: true,
    nothrow: true,
    // zx would keep all that is ever printed.
    store: { stdout: forgetful(), stderr: forgetful(), stdall: forgetful() },
  })`exec ${line}`
  const child = shell.child
  if (!child?.stdin || !child.stdout || !child.stderr)
    throw new ConnectError({
      host: name,
      address: 'local',
      step: 'session',
      summary: `${name}: no shell could be started`,
    })
  const { stdin, stdout, stderr } = child
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined)
  return { stdin, stdout, stderr, closed: ending(child), destroy: () => stdin.destroy() }
}

function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(signal ? `its shell was ended by ${signal}` : `its shell ended with exit code ${code}`),
    )
  })
}

function forgetful(): Buffer[] {
  const list: Buffer[] = []
  list.push = () => 0
  return list
}
