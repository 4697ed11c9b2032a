import { execFile } from 'node:child_process'
import type { Command } from '../core/command.ts'
import { InputError } from '../core/errors.ts'
import { NotFetched } from '../core/fetched-secret.ts'
import { callerLocation, type Location } from '../core/location.ts'
import { quote } from '../core/quote.ts'
import { reveal, Secret } from '../core/secret.ts'

/**
 * Where a secret is kept: a command for this machine, whose output it is (without the last line's end), or a function
 * that gives it, now or later.
 */
export type SecretSource = Command | (() => SecretAnswer | Promise<SecretAnswer>)

/** Undefined or empty: there is no such secret, which is an error. */
export type SecretAnswer = string | Secret | undefined

/** Seconds for a command that does not say; somebody may have to type a PIN. */
const limit = 120

/**
 * A secret of a store of one's own, wherever a `Secret` may stand: `secret('rgw key', cmd\`pass show ceph/rgw\`)`.
 *
 * It is fetched when its text is first needed, once a run, whatever the number of hosts and tasks; the same command is
 * run once, too. What cannot be fetched is an `InputError` with the place of this call, for each task that needs it.
 */
export function secret(name: string, source: SecretSource): Secret {
  const location = callerLocation(secret)
  let text: string | undefined
  let fetched: Promise<void> | undefined

  async function fetch(): Promise<void> {
    text = await textOf(name, source, location)
  }

  return new Secret(() => {
    if (text !== undefined) return text
    fetched ??= fetch()
    // Who waits for it hears of its failure; that nobody may be waiting is no failure of its own.
    fetched.catch(() => undefined)
    throw new NotFetched(fetched, {
      summary: `the text of the secret "${name}" is needed where it cannot be waited for`,
      location,
      hint: 'reveal it in the arguments of a task only, or in what a module reads and plans',
    })
  })
}

async function textOf(name: string, source: SecretSource, location: Location | undefined): Promise<string> {
  const fail = (summary: string, detail?: string, hint?: string) =>
    new InputError({ summary: `the secret "${name}" ${summary}`, location, detail, hint })
  try {
    const answer = typeof source === 'function' ? await source() : await outputOnce(source)
    const text = answer === undefined ? '' : reveal(answer)
    if (text !== '') return text
  } catch (error) {
    if (error instanceof InputError) throw error
    const { message, stderr = '' } = error as Error & { stderr?: string }
    throw fail(`cannot be fetched: ${message}`, stderr.trim().slice(-2000) || undefined, hintFor(source))
  }
  throw fail('is empty, or not there', undefined, hintFor(source))
}

function hintFor(source: SecretSource): string | undefined {
  return typeof source === 'function' ? undefined : `run it by hand: ${source.argv.map(quote).join(' ')}`
}

const outputs = new Map<string, Promise<string>>()

function outputOnce(command: Command): Promise<string> {
  const key = JSON.stringify([command.argv, command.env])
  const output = outputs.get(key) ?? outputOf(command)
  outputs.set(key, output)
  return output
}

function outputOf({ argv: [program = '', ...args], env, stdin, timeout = limit }: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeout * 1000, env: { ...process.env, ...env } }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error) reject(Object.assign(new Error(reasonOf(program, timeout, error)), { stderr }))
      else resolve(stdout.replace(/\r?\n$/, ''))
    })
    child.stdin?.on('error', () => undefined).end(stdin === undefined ? '' : reveal(stdin))
  })
}

function reasonOf(
  program: string,
  timeout: number,
  { code, killed, message }: Error & { code?: unknown; killed?: boolean },
): string {
  if (killed) return `${program} had no answer after ${timeout} s`
  if (code === 'ENOENT') return `there is no command ${program} here`
  return typeof code === 'number' ? `${program} ended with exit code ${code}` : (message.split('\n')[0] ?? '')
}
