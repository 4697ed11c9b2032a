import type { Host } from '../core/host.ts'
import type { Transport } from '../core/transport.ts'
import { askSecret } from './ask-secret.ts'
import type { EnvironmentSecrets } from './env-file.ts'
import type { connectionOptions, Values } from './options.ts'
import type { Passwords } from './secrets.ts'

type Arguments = Pick<Values<typeof connectionOptions>, 'timeout' | 'keepalive'>

/** The way to hosts, with the passwords and times that were given. */
export async function reachHosts(
  { timeout, keepalive }: Arguments,
  { login, become }: Passwords,
  environment: EnvironmentSecrets,
): Promise<Transport> {
  const { createTransport } = await import('../transport/index.ts')
  const transport = createTransport({
    keepaliveInterval: keepalive,
    agentSocket: process.env.SSH_AUTH_SOCK ?? 'none',
    password: async () => login,
    becomePassword: async () => become,
    askSecret: async (question) => environment.keyPassphrase ?? (await askIfPossible(question)),
  })
  if (timeout === undefined) return transport
  const patient = (host: Host): Host => ({ ...host, vars: { ansible_timeout: timeout, ...host.vars } })
  return { connect: (host, signal) => transport.connect(patient(host), signal) }
}

async function askIfPossible(question: string) {
  return process.stdin.isTTY ? askSecret(question.replace(/:\s*$/, ''), '') : undefined
}
