import type { Secret } from '../core/secret.ts'
import { askSecret } from './ask-secret.ts'
import type { EnvironmentSecrets } from './env-file.ts'
import type { connectionOptions, Values } from './options.ts'

/** Passwords for the hosts of a run. */
export interface Passwords {
  readonly login: Secret | undefined
  readonly become: Secret | undefined
}

/** Asks once for what `-k` and `-K` say is to be asked; else takes what the environment has. */
export async function passwords(
  args: Pick<Values<typeof connectionOptions>, 'ask-pass' | 'ask-become-pass'>,
  environment: EnvironmentSecrets,
): Promise<Passwords> {
  const login = args['ask-pass']
    ? await askSecret('login password', 'set PLAYBOOK_PASSWORD in the environment or in .env, without -k')
    : environment.password
  const become = args['ask-become-pass']
    ? await askSecret('become password', 'set PLAYBOOK_BECOME_PASSWORD in the environment or in .env, without -K')
    : environment.becomePassword
  return { login, become }
}
