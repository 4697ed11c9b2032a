import { randomBytes } from 'node:crypto'
import { InputError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { supervisorProgram } from './supervisor.ts'

export type BecomeMethod = 'sudo' | 'su' | 'doas'

/** Working as another user than the one who logged in. */
export interface Become {
  readonly user: string
  readonly method: BecomeMethod
  /** Asked for when the host asks for it, and only then. */
  password(): Promise<Secret | undefined>
}

/** How a supervisor is started. */
export interface Start {
  /** For the host's login shell. */
  readonly line: string
  /** Stands in the supervisor's first word. */
  readonly token: string
  /** Finds a prompt for a password in what is said on standard error. */
  readonly prompt: RegExp
}

/**
 * The command line that starts a supervisor, as another user when we are to become one.
 *
 * @param terminal Under a terminal, for sudoers with `requiretty`.
 */
export function startCommand(become: Pick<Become, 'user' | 'method'> | undefined, terminal = false): Start {
  const token = randomBytes(16).toString('hex')
  const program = supervisorProgram(token)
  if (!become) return { line: `sh -c '${program}'`, token, prompt: /(?!)/g }
  const user = `'${checkedUser(become.user)}'`
  if (become.method === 'su')
    // The prompt is PAM's, so it has to be in a language that we know.
    return { line: `env LC_MESSAGES=C LANGUAGE= su -s /bin/sh -c '${program}' ${user}`, token, prompt: /password: ?/gi }
  if (become.method === 'doas') return { line: `doas -n -u ${user} sh -c '${program}'`, token, prompt: /(?!)/g }
  // sudo-rs prints more around it (`[sudo: …] Password:`), so the prompt is looked for anywhere.
  const prompt = `password-${randomBytes(8).toString('hex')}`
  const sudo = `sudo -H -S -p '${prompt}' -u ${user} --`
  const line = terminal ? underTerminal(sudo, program) : `${sudo} sh -c '${program}'`
  return { line, token, prompt: new RegExp(prompt, 'g') }
}

/**
 * A terminal that sudo finds, and that carries nothing: input and output stay the channel's own, so that they remain
 * apart. script(1) is in util-linux, which no Linux is without.
 */
function underTerminal(sudo: string, program: string): string {
  const quoted = sudo.replaceAll("'", '')
  const inner = `${quoted} sh -c \\"\\$CP_PROGRAM\\" <&3 >&4 2>&5`
  const script = `script -qec "${inner}" /dev/null 3<&0 4>&1 5>&2 </dev/null >/dev/null`
  return `env SHELL=/bin/sh CP_PROGRAM='${program}' sh -c '${script}'`
}

/** The name stands in a line that any login shell may read: better too strict than quoted for one of them only. */
function checkedUser(user: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$|^#[0-9]+$/.test(user)) return user
  throw new InputError({ summary: `"${user}" is not the name of a user to become` })
}
