import { ConnectError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Become, Start } from './become.ts'
import { ended, late, missingTool, noPassword, wrongPassword } from './become-errors.ts'
import type { Failure, Pipes, Place } from './pipes.ts'
import { after } from './time.ts'

export interface ReadyOptions {
  readonly start: Start
  readonly become: Become | undefined
  readonly place: Place
  /** Seconds until it must listen; the time in which a person is asked for a password does not count. */
  readonly timeout: number
}

/** sudo, su or doas took the password for wrong. */
export class WrongPassword extends ConnectError {}

/** sudo goes only under a terminal. */
export class NeedsTerminal extends ConnectError {}

/** Of each stream; a login that floods us must not fill the memory. */
const heardAtMost = 65536

/**
 * Waits until the supervisor listens, and gives the password when it is asked for: never before, since where none is
 * needed it would be fed to the shell, and never twice, since that locks accounts.
 *
 * @throws ConnectError
 */
export function awaitReady(pipes: Pipes, { start, become, place, timeout }: ReadyOptions): Promise<void> {
  const heard = { stdout: '', stderr: '' }
  let password: Secret | undefined
  let asked = false

  return new Promise((resolve, reject) => {
    let cancel = after(timeout, onTime)

    function onTime(): void {
      fail(late(place, become, timeout, tail()))
    }

    function settle(): void {
      cancel()
      pipes.stdout.removeListener('data', onStdout)
      pipes.stderr.removeListener('data', onStderr)
    }

    function fail(failure: Failure, Kind: typeof ConnectError = ConnectError): void {
      settle()
      pipes.destroy()
      reject(new Kind({ ...place, ...failure }))
    }

    /** What was said, for people: without our own words, and without the password should it have been echoed. */
    function tail(): string | undefined {
      const text = password ? heard.stderr.replaceAll(password.reveal(), '********') : heard.stderr
      return text.replaceAll(start.prompt, 'password: ').trim().slice(-2000) || undefined
    }

    function onStdout(chunk: Buffer): void {
      heard.stdout = (heard.stdout + chunk.toString()).slice(-heardAtMost)
      listen()
    }

    function onStderr(chunk: Buffer): void {
      heard.stderr = (heard.stderr + chunk.toString()).slice(-heardAtMost)
      listen()
    }

    function listen(): void {
      const missing = new RegExp(`${start.token} missing-(\\w+)\n`).exec(heard.stdout)?.[1]
      if (missing) fail(missingTool(place, missing))
      else if (become && heardPrompt(become)) return
      else if (isReady(heard.stdout) && isReady(heard.stderr)) {
        settle()
        resolve()
      }
    }

    /** Answers the first prompt; a second one says that the answer was wrong. */
    function heardPrompt(to: Become): boolean {
      const prompts = heard.stderr.match(start.prompt)?.length ?? 0
      if (prompts > 1) fail(wrongPassword(place, to), WrongPassword)
      else if (prompts === 1 && !asked) givePassword(to)
      else return false
      return true
    }

    function isReady(text: string): boolean {
      return text.includes(`${start.token} ready\n`)
    }

    function givePassword(to: Become): void {
      asked = true
      cancel()
      to.password().then((answer) => {
        if (!answer) return fail(noPassword(place, to))
        password = answer
        cancel = after(timeout, onTime)
        pipes.stdin.write(`${answer.reveal()}\n`)
      }, reject)
    }

    function onEnd(reason: string): void {
      const said = tail()
      if (become && password && /incorrect password|try again|authentication failure/i.test(said ?? ''))
        fail(wrongPassword(place, become), WrongPassword)
      else fail(ended(place, become, reason, said), /must have a tty/i.test(said ?? '') ? NeedsTerminal : ConnectError)
    }

    pipes.stdout.on('data', onStdout)
    pipes.stderr.on('data', onStderr)
    pipes.closed.then(onEnd)
  })
}
