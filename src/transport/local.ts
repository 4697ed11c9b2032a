import { ConnectError } from '../core/errors.ts'
import { type Pipes, processEnd } from './pipes.ts'

/** Starts a command line by this machine's shell, in a session of its own, so that Ctrl-C is ours to handle. */
export async function spawnLocal(name: string, line: string): Promise<Pipes> {
  const { $ } = await import('zx')
  const { child } = $({
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
  if (!child?.stdin || !child.stdout || !child.stderr)
    throw new ConnectError({
      host: name,
      address: 'local',
      step: 'session',
      summary: `${name}: no shell could be started`,
    })
  const { stdin, stdout, stderr } = child
  const failed = new Promise<string>((resolve) => child.once('error', ({ message }) => resolve(message)))
  const streams = [stdin, stdout, stderr]
  for (const stream of streams) stream.on('error', () => undefined)
  return {
    stdin,
    stdout,
    stderr,
    closed: Promise.race([processEnd(child), failed]),
    destroy: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

function forgetful(): Buffer[] {
  const list: Buffer[] = []
  list.push = () => 0
  return list
}
