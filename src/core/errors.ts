import { type Command, type CommandResult, show } from './command.ts'
import { hintFor } from './hints.ts'
import { formatLocation, type Location } from './location.ts'

/** What every error of ours can say; a reporter prints these in this order. */
export interface Diagnosis {
  readonly summary: string
  readonly location?: Location | undefined
  /** Lines that belong to it: stderr, the offending text. */
  readonly detail?: string | undefined
  /** What to do about it. */
  readonly hint?: string | undefined
}

/** An error that is meant for the operator. Anything else that is thrown is a bug of ours. */
export abstract class PlaybookError extends Error {
  readonly location: Location | undefined
  readonly detail: string | undefined
  readonly hint: string | undefined

  constructor({ summary, location, detail, hint }: Diagnosis) {
    super(summary)
    this.name = new.target.name
    this.location = location
    this.detail = detail
    this.hint = hint
  }
}

/** What the user wrote cannot be used: an inventory, a playbook, a variable, an option. Nothing was done. */
export class InputError extends PlaybookError {}

export interface ConnectFailure extends Diagnosis {
  readonly host: string
  readonly address: string
  /** How far it got. */
  readonly step: 'resolve' | 'connect' | 'host key' | 'authenticate' | 'become' | 'session'
}

/** A host cannot be reached, or was lost: it is *unreachable*, not failed. */
export class ConnectError extends PlaybookError {
  readonly host: string
  readonly address: string
  readonly step: ConnectFailure['step']

  constructor(failure: ConnectFailure) {
    super(failure)
    this.host = failure.host
    this.address = failure.address
    this.step = failure.step
  }
}

/** A command did not end with exit code 0. */
export class CommandFailed extends PlaybookError {
  readonly command: Command
  readonly result: CommandResult

  constructor(command: Command, result: CommandResult, hint?: string) {
    super({
      summary: `${show(command)}: ${outcome(result)}`,
      detail: failureText(command, result),
      hint: hintFor(result, hint),
    })
    this.command = command
    this.result = result
  }
}

/** A command ended well but said something that we do not understand. */
export class UnexpectedOutput extends PlaybookError {
  constructor(command: Command, expected: string, got: string) {
    super({
      summary: `${show(command)}: expected ${expected}`,
      detail: command.sensitive ? `(${got.length} characters, not shown: they may hold a secret)` : got.slice(0, 2000),
    })
  }
}

/** A task that says no: an assertion, a guard rail, a condition that did not come true in time. */
export class TaskFailed extends PlaybookError {}

/** `exit code 2`, `ended by signal 9`, `timed out after 60 s`. */
export function outcome({ code, timedOut }: CommandResult): string {
  if (timedOut !== undefined) return `timed out after ${timedOut} s and was ended`
  if (code === undefined) return 'was ended before it finished'
  return code > 128 && code < 160 ? `ended by signal ${code - 128} (exit code ${code})` : `exit code ${code}`
}

/** The text an operator reads: summary, place, detail and hint, a line each. */
export function formatDiagnosis({ summary, location, detail, hint }: Diagnosis): string {
  const lines = [location ? `${formatLocation(location)}: ${summary}` : summary]
  if (detail) lines.push(...detail.split('\n').map((line) => `  ${line}`))
  if (hint) lines.push(`  try: ${hint}`)
  return lines.join('\n')
}

/** What the system said, without its code, the call and the path, which whoever tells of it names: `no such file or directory`. */
export function systemReason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^[A-Z\d]+: |, \w+ '.*$|, \w+$/g, '') : String(error)
}

/** Any thrown thing as a diagnosis; what is not ours is called a bug and keeps its stack. */
export function diagnose(error: unknown): Diagnosis {
  if (error instanceof PlaybookError) {
    const { message, location, detail, hint } = error
    return { summary: message, location, detail, hint }
  }
  const stack = error instanceof Error ? error.stack : String(error)
  return { summary: 'a bug in ceph-playbook or in a module', detail: stack, hint: 'report it with the lines above' }
}

function failureText({ sensitive }: Command, { stdout, stderr }: CommandResult): string {
  const text = stderr.trim() || (sensitive ? '' : stdout.trim())
  return text.length > 4000 ? `…${text.slice(-4000)}` : text
}
