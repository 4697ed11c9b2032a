import { connect, type Socket } from 'node:net'
import { ConnectError, type ConnectFailure } from '../core/errors.ts'
import type { Target } from './target.ts'

/**
 * A TCP connection without Nagle's delay, which costs 40 ms a request otherwise.
 *
 * @throws ConnectError for a name that does not resolve and a host that does not answer in time.
 */
export function openSocket(target: Target, signal?: AbortSignal): Promise<Socket> {
  const { name, address, port, timeout, family, bindAddress } = target
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      family,
      noDelay: true,
      timeout: timeout * 1000,
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    })

    function fail(step: ConnectFailure['step'], summary: string, hint: string): void {
      signal?.removeEventListener('abort', aborted)
      socket.destroy()
      reject(
        new ConnectError({ host: name, address: `${address}:${port}`, step, summary: `${name}: ${summary}`, hint }),
      )
    }

    function aborted(): void {
      fail('connect', 'the connection was given up', 'run again')
    }

    socket.once('error', (error: NodeJS.ErrnoException) => fail(...reasonOf(error, target)))
    socket.once('timeout', () =>
      fail(
        'connect',
        `${address} port ${port} did not answer in ${timeout} s`,
        'check that the host is up and that no firewall drops the connection (ansible_timeout sets the time)',
      ),
    )
    socket.once('connect', () => {
      signal?.removeEventListener('abort', aborted)
      socket.removeAllListeners()
      socket.setTimeout(0)
      resolve(socket)
    })
    if (signal?.aborted) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
  })
}

function reasonOf(
  { code, message }: NodeJS.ErrnoException,
  { name, address, port }: Target,
): [ConnectFailure['step'], string, string] {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return [
      'resolve',
      `the name ${address} has no address${code === 'EAI_AGAIN' ? ' (the name server does not answer)' : ''}`,
      address === name ? 'set ansible_host to its address, or correct the name' : 'correct its ansible_host',
    ]
  if (code === 'ECONNREFUSED')
    return [
      'connect',
      `${address} refuses connections to port ${port}`,
      'start sshd there, or set ansible_port to the port that it listens on',
    ]
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return ['connect', `there is no way to ${address}`, 'check that the host is up, and the routes to it']
  return ['connect', `cannot connect to ${address} port ${port}: ${message}`, 'check the address and the network']
}
