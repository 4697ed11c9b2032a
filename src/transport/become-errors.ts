import type { Become } from './become.ts'
import type { Failure, Place } from './pipes.ts'

export function wrongPassword({ host }: Place, { user, method }: Become): Failure {
  return {
    step: 'become',
    summary: `${host}: ${method} refused the password to become ${user}`,
    hint: 'check the password (-K asks for it, ansible_become_password sets it); it was given once only, to lock nobody out',
  }
}

export function noPassword({ host }: Place, { user, method }: Become): Failure {
  return {
    step: 'become',
    summary: `${host}: ${method} wants a password to become ${user}, and none is known`,
    hint: 'give -K to be asked for it, or set the variable ansible_become_password',
  }
}

export function missingTool({ host }: Place, tool: string): Failure {
  const what = tool === 'printf' ? 'its sh has no builtin printf' : `it has no ${tool}`
  return {
    step: 'session',
    summary: `${host} cannot be worked on: ${what}`,
    hint: `install ${tool === 'printf' ? 'dash, bash or busybox as sh' : tool} there`,
  }
}

/** The shell did not stand in time. */
export function late(
  { host }: Place,
  become: Become | undefined,
  timeout: number,
  detail: string | undefined,
): Failure {
  if (!become)
    return {
      step: 'session',
      summary: `${host}: the login did not start a shell in ${timeout} s`,
      detail,
      hint: 'look for commands that wait in the login files there (.bashrc)',
    }
  return {
    step: 'become',
    summary: `${host}: ${become.method} started no shell as ${become.user} in ${timeout} s, nor asked for a password in words we know`,
    detail,
    hint: `log in and try ${become.method} there by hand`,
  }
}

/** What sudo, sudo-rs, su, doas and shells say, and what it means; the first that fits counts. */
const rules: readonly (readonly [RegExp, string, string])[] = [
  [/must have a tty/i, 'sudo there wants a terminal (requiretty)', 'take "Defaults requiretty" out of its sudoers'],
  [
    /no tickets|authentication required|a tty is required/i,
    'doas there wants a password, which needs a terminal',
    'add "nopass" to its rule in doas.conf, or use sudo',
  ],
  [
    /no valid sudoers|parse error|syntax error|sudoers is (world|group) writable/i,
    'sudo there does not take its own sudoers',
    'repair it there as root; visudo -c says what is wrong with it',
  ],
  [
    /not in the sudoers|may not run sudo|not allowed to|can't do that|not permitted/i,
    'it is not allowed there',
    'add a rule to its sudoers (or doas.conf)',
  ],
  [/unknown user|user .* (does not exist|not found)/i, 'there is no such user', 'check the name'],
  [
    /(sudo|su|doas)\S* (command )?not found|no such file or directory|unknown command/i,
    'the command for it is not there',
    'install it, or log in as that user',
  ],
]

/** The shell ended before it stood. */
export function ended(
  { host }: Place,
  become: Become | undefined,
  reason: string,
  detail: string | undefined,
): Failure {
  if (!become) return { step: 'session', summary: `${host} did not start a shell: ${reason}`, detail }
  const rule = rules.find(([pattern]) => pattern.test(detail ?? ''))
  const why = rule?.[1] ?? `${become.method} failed: ${reason}`
  return { step: 'become', summary: `${host}: cannot become ${become.user}: ${why}`, detail, hint: rule?.[2] }
}
