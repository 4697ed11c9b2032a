import type { AnyAuthMethod, AuthenticationType, Prompt } from 'ssh2'
import { ConnectError } from '../core/errors.ts'
import { fetchedSecret } from '../core/fetched-secret.ts'
import type { Secret } from '../core/secret.ts'
import { agentOf, type Identities } from './keys.ts'
import type { Target } from './target.ts'

export type Next = (method: AnyAuthMethod | false) => void

export interface Authentication {
  /** Chooses the next method to try, for ssh2. */
  next(allowed: readonly AuthenticationType[] | null, partial: boolean | null, next: Next): void
  /** A key could not be used after all, as its passphrase is not known. */
  unusable(reason: string): void
  /** What was tried, in words, when the host took none of it. */
  failure(reason?: string): ConnectError
}

/**
 * The ways to log in, in order: each key, then the password, by `keyboard-interactive` where the host takes no other. A
 * password is given once: a second try with the same one would only bring the account nearer to its lock.
 */
export function authentication(
  target: Target,
  { identities, notes }: Identities,
  askPassword: () => Promise<Secret | undefined>,
): Authentication {
  const { user: username } = target
  const tried: string[] = []
  const unused = [...notes]
  const keys = target.methods.keys ? [...identities] : []
  let accepted: readonly string[] = []
  let asked = false
  let passwordTried = false

  async function choose(): Promise<AnyAuthMethod | false> {
    const identity = keys.shift()
    if (identity) {
      tried.push(identity.label)
      return { type: 'agent', username, agent: agentOf([identity]) }
    }
    if (!asked) {
      // The answer to `none` says what else the host takes; it is not heard of while keys are tried.
      asked = true
      return { type: 'none', username }
    }
    return passwordMethod()
  }

  async function passwordMethod(): Promise<AnyAuthMethod | false> {
    const { methods } = target
    const type = (['password', 'keyboard-interactive'] as const).find(
      (method) => accepted.includes(method) && (method === 'password' ? methods.password : methods.keyboard),
    )
    if (passwordTried || !type) return false
    passwordTried = true
    const password = await fetchedSecret(target.password ?? (await askPassword()))
    if (!password) return false
    tried.push('password')
    if (type === 'password') return { type, username, password: password.reveal() }
    return { type, username, prompt: (_name, _text, _lang, prompts, finish) => finish(answers(prompts, password)) }
  }

  return {
    next(allowed, _partial, next) {
      if (allowed) accepted = allowed
      choose().then(next, (error: Error) => {
        unused.push(error.message)
        next(false)
      })
    },
    unusable(reason) {
      unused.push(reason)
    },
    failure(reason) {
      const { name, address, port } = target
      const detail = [
        `tried: ${tried.join(', ') || 'nothing, since there is no key, no agent and no password'}`,
        ...unused,
        ...(accepted.length > 0 ? [`the host accepts: ${accepted.join(', ')}`] : []),
        ...(reason ? [`it said: ${reason}`] : []),
      ]
      return new ConnectError({
        host: name,
        address: `${address}:${port}`,
        step: 'authenticate',
        summary: `${name}: ${address} does not let ${username} in`,
        detail: detail.join('\n'),
        hint: hintFor(reason, tried),
      })
    },
  }
}

function hintFor(reason: string | undefined, tried: readonly string[]): string {
  if (/too many/i.test(reason ?? ''))
    return 'name the one right key in ansible_ssh_private_key_file: the host gave up before it was offered'
  if (tried.length === 0)
    return 'name a key (ansible_ssh_private_key_file), load one into an agent (ssh-add), or have a password asked for (-k)'
  if (tried.includes('password')) return 'check the password and the user (ansible_user)'
  return 'check the user (ansible_user), and that the public key is in its authorized_keys on the host'
}

/** Only hidden questions are answered with the password: others ask for something that we do not have. */
function answers(prompts: readonly Prompt[], password: Secret): string[] {
  return prompts.map(({ echo }) => (echo ? '' : password.reveal()))
}
