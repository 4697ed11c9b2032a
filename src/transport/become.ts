import { randomBytes } from 'node:crypto'
import { ConnectError, InputError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Failure, Pipes, Place } from './pipes.ts'
import { supervisorLine } from './supervisor.ts'
import { after } from './time.ts'

/** Working as another user than the one who logged in. */
export interface Become {
  readonly user: string
  /** Asked for when the host asks for it, and only then. */
  password(): Promise<Secret | undefined>
}

export interface Start {
  /** For the host's login shell. */
  readonly line: string
  readonly token: string
  /** What the prompt for a password has in it. */
  readonly prompt: string
}

/** The command that starts a supervisor, under sudo when we are to become someone. */
export function startCommand(user: string | undefined): Start {
  const token = randomBytes(16).toString('hex')
  const prompt = `password-${randomBytes(8).toString('hex')}`
  const supervisor = supervisorLine(token)
  if (user === undefined) return { line: supervisor, token, prompt }
  // The name stands in a line that any login shell may read: better too strict than quoted for one of them only.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$|^#[0-9]+$/.test(user))
    throw new InputError({ summary: `"${user}" is not the name of a user to become` })
  return { line: `sudo -H -S -p '${prompt}' -u '${user}' -- ${supervisor}`, token, prompt }
}

export interface StartOptions {
  readonly start: Start
  readonly become: Become | undefined
  readonly place: Place
  /** Seconds until it must listen; the time in which a password is asked for does not count. */
  readonly timeout: number
  onWrongPassword(error: ConnectError): void
}

/**
 * Waits until the supervisor listens, and gives the password when it is asked for: never before, since where sudo needs
 * none it would be fed to the shell, and never twice, since that locks accounts.
 *
 * @throws ConnectError
 */
export async function awaitReady(pipes: Pipes, options: StartOptions): Promise<void> {
  const { start, become, place, timeout } = options
  const heard = { stdout: '', stderr: '' }
  let given: Secret | undefined
  let asked = false

  await new Promise<void>((resolve, reject) => {
    let cancel = arm()

    function arm(): () => void {
      return after(timeout, () => fail(lateFailure(place, become, timeout, tail())))
    }

    function settle(): void {
      cancel()
      pipes.stdout.removeListener('data', onStdout)
      pipes.stderr.removeListener('data', onStderr)
    }

    function fail(failure: Failure): void {
      settle()
      pipes.destroy()
      reject(new ConnectError({ ...place, ...failure }))
    }

    function failWrong(): void {
      const error = new ConnectError({ ...place, ...wrongPassword(place, become) })
      options.onWrongPassword(error)
      settle()
      pipes.destroy()
      reject(error)
    }

    function tail(): string | undefined {
      const text = given ? heard.stderr.replaceAll(given.reveal(), '********') : heard.stderr
      return text.replaceAll(start.prompt, 'password:').trim().slice(-2000) || undefined
    }

    function onStdout(chunk: Buffer): void {
      hear('stdout', chunk)
      check()
    }

    function onStderr(chunk: Buffer): void {
      hear('stderr', chunk)
      const prompts = heard.stderr.split(start.prompt).length - 1
      if (prompts > 1) failWrong()
      else if (prompts === 1 && !asked) givePassword()
      else check()
    }

    function hear(stream: 'stdout' | 'stderr', chunk: Buffer): void {
      // Only the end matters; a login that floods us must not fill the memory.
      heard[stream] = (heard[stream] + chunk.toString('utf8')).slice(-65536)
    }

    function check(): void {
      const missing = heard.stdout.match(`${start.token} missing-(\\w+)\n`)?.[1]
      if (missing) fail(missingTool(place, missing))
      else if (heard.stdout.includes(`${start.token} ready\n`) && heard.stderr.includes(`${start.token} ready\n`)) {
        settle()
        resolve()
      }
    }

    function givePassword(): void {
      asked = true
      cancel()
      const answer = become?.password() ?? Promise.resolve(undefined)
      answer.then((password) => {
        if (!password) return fail(noPassword(place, become))
        given = password
        cancel = arm()
        pipes.stdin.write(`${password.reveal()}\n`)
      }, reject)
    }

    pipes.stdout.on('data', onStdout)
    pipes.stderr.on('data', onStderr)
    pipes.closed.then((reason) => {
      if (given && /incorrect password|try again|authentication failure/i.test(heard.stderr)) failWrong()
      else fail(endedFailure(place, become, reason, tail()))
    })
  })
}

function wrongPassword({ host }: Place, become: Become | undefined): Failure {
  return {
    step: 'become',
    summary: `${host} refused the password to become ${become?.user}`,
    hint: 'check it (-K asks for it, or the variable ansible_become_password); it was given once only, to lock nobody out',
  }
}

function noPassword({ host }: Place, become: Become | undefined): Failure {
  return {
    step: 'become',
    summary: `${host} wants a password to become ${become?.user}, and none is known`,
    hint: 'give -K to be asked for it, or set the variable ansible_become_password',
  }
}

function missingTool({ host }: Place, tool: string): Failure {
  const what = tool === 'printf' ? 'its sh has no builtin printf' : `it has no ${tool}`
  return {
    step: 'session',
    summary: `${host} cannot be worked on: ${what}`,
    hint: `install ${tool === 'printf' ? 'dash' : tool} there`,
  }
}

function lateFailure(
  { host }: Place,
  become: Become | undefined,
  timeout: number,
  detail: string | undefined,
): Failure {
  return {
    step: become ? 'become' : 'session',
    summary: become
      ? `${host}: sudo neither started a shell as ${become.user} nor asked for a password we know, in ${timeout} s`
      : `${host}: the login did not start a shell in ${timeout} s`,
    detail,
    hint: become ? 'try `sudo -S true` there by hand' : 'look for commands in the login files (.bashrc) that wait',
  }
}

/** Rules by the words of sudo and sudo-rs, the first that fits. */
const becomeRules: readonly (readonly [RegExp, string, string])[] = [
  [
    /must have a tty/i,
    'sudo there wants a terminal (requiretty)',
    'remove "Defaults requiretty" from its sudoers for this user',
  ],
  [
    /not in the sudoers|may not run sudo|not allowed to (execute|run)|can't do that/i,
    'sudo there does not allow it',
    'add a rule to its sudoers',
  ],
  [/unknown user|user .* does not exist|user .* not found/i, 'there is no such user', 'check the name'],
  [
    /sudo: (command )?not found|unknown command.*sudo|no such file/i,
    'it has no sudo',
    'install sudo there, or log in as that user',
  ],
]

function endedFailure(
  { host }: Place,
  become: Become | undefined,
  reason: string,
  detail: string | undefined,
): Failure {
  if (!become) return { step: 'session', summary: `${host} did not start a shell: ${reason}`, detail }
  const rule = becomeRules.find(([pattern]) => pattern.test(detail ?? ''))
  const [, why, hint] = rule ?? [undefined, `sudo there failed: ${reason}`, undefined]
  return { step: 'become', summary: `${host}: cannot become ${become.user}: ${why}`, detail, hint }
}
