import type { Transport } from '../core/transport.ts'
import { askSecret } from './ask-secret.ts'
import type { EnvironmentSecrets } from './env-file.ts'
import type { Passwords } from './secrets.ts'

/** The way to hosts, with the passwords that were given. */
export async function reachHosts({ login, become }: Passwords, environment: EnvironmentSecrets): Promise<Transport> {
  const { createTransport } = await import('../transport/index.ts')
  return createTransport({
    agentSocket: process.env.SSH_AUTH_SOCK ?? 'none',
    password: async () => login,
    becomePassword: async () => become,
    askSecret: async (question) => environment.keyPassphrase ?? (await askIfPossible(question)),
  })
}

async function askIfPossible(question: string) {
  return process.stdin.isTTY ? askSecret(question.replace(/:\s*$/, ''), '') : undefined
}
