import { ConnectError } from '../core/errors.ts'
import type { Failure } from './pipes.ts'
import type { Target } from './target.ts'

/** sshd hung up before it said anything: too many logins were under way. */
export class Dropped extends ConnectError {}

export function placed({ name, address, port }: Target, failure: Failure): ConnectError {
  return new ConnectError({ host: name, address: `${address}:${port}`, ...failure })
}

export function lossReason({ message }: Error, silence: number): string {
  if (message === 'Keepalive timeout') return `it has not answered for ${silence} s`
  return message === 'read ECONNRESET' ? 'it was reset' : message
}

export function silent({ name, address, port }: Target, seconds: number): Failure {
  return {
    step: 'connect',
    summary: `${name}: ${address} port ${port} took the connection and then said nothing useful for ${seconds} s`,
    hint: 'check that sshd listens there, and how loaded the host is',
  }
}

/** What a command on the way has said belongs to the error that it led to. */
export function withDetail(error: unknown, said: string): unknown {
  if (!(error instanceof ConnectError) || said === '' || error.detail) return error
  const { host, address, step, hint, message: summary } = error
  return new ConnectError({ host, address, step, hint, summary, detail: said })
}

export function isDrop({ message }: Error): boolean {
  return /before handshake|ECONNRESET|EPIPE/.test(message)
}

export function dropped({ name, address, port }: Target): Dropped {
  return new Dropped({
    host: name,
    address: `${address}:${port}`,
    step: 'connect',
    summary: `${name}: ${address} port ${port} closed the connection before the login`,
    hint: 'check that sshd listens there; it also does so when too many logins are under way (MaxStartups)',
  })
}

export function handshakeFailure({ name, address, port }: Target, { message }: Error): Failure {
  return {
    step: 'connect',
    summary: `${name}: no ssh connection with ${address} port ${port}: ${message}`,
    hint: 'check that it is an sshd that listens there, and one of this decade',
  }
}

export function refusedChannel({ name }: Target, { message }: Error): Failure {
  if (/agent forwarding/.test(message))
    return {
      step: 'session',
      summary: `${name} does not let an agent be used from there (ForwardAgent)`,
      hint: 'set AllowAgentForwarding in its sshd_config, or ForwardAgent no for it here',
    }
  return {
    step: 'session',
    summary: `${name} does not open another session: ${message}`,
    hint: 'raise MaxSessions in its sshd_config',
  }
}

export function lostSince({ name }: Target, { message }: Error): Failure {
  return { step: 'session', summary: `${name}: the connection was lost: ${message}` }
}
