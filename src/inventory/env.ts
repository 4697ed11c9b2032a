import { readFile } from 'node:fs/promises'
import { parse } from 'dotenv'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { Secret } from '../core/secret.ts'

/** Values from the environment and from dotenv files. All are secret: that is what such files are for. */
export interface Environment {
  /** By name; made a Secret when it is read, so that `PATH` and its like do not become known secrets. */
  readonly values: Readonly<Record<string, Secret>>
  /** The value of a name, or undefined. */
  get(name: string): Secret | undefined
  /**
   * The value of a name.
   *
   * @throws InputError when it is not set, with the nearest name.
   */
  require(name: string): Secret
}

export interface EnvironmentOptions {
  /** Files that must be there (`--env-file`); a later one wins. */
  readonly files?: readonly string[]
  /** A file that may be there (`.env` in the working directory). */
  readonly optionalFile?: string | undefined
  /** The process's own environment; it wins over files, as with other dotenv tools. */
  readonly variables?: Readonly<Record<string, string | undefined>>
}

/**
 * Reads dotenv files and the environment.
 *
 * @throws InputError for a file that was named and cannot be read.
 */
export async function readEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { files = [], optionalFile, variables = {} } = options
  const optional = optionalFile === undefined ? '' : await readFile(optionalFile, 'utf8').catch(() => '')
  const named = await Promise.all(files.map(readNamed))
  return environmentOf({ ...parse(optional), ...Object.assign({}, ...named), ...variables })
}

async function readNamed(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return parse(text)
  throw new InputError({ summary: `there is no readable environment file "${file}"`, hint: 'check --env-file' })
}

/** These values as an environment. */
export function environmentOf(variables: Readonly<Record<string, string | undefined>>): Environment {
  const secrets = new Map<string, Secret>()
  const values: Record<string, Secret> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue
    const secret = (): Secret => {
      const made = secrets.get(name) ?? new Secret(value)
      secrets.set(name, made)
      return made
    }
    Object.defineProperty(values, name, { get: secret, enumerable: true })
  }
  const get = (name: string): Secret | undefined => (Object.hasOwn(values, name) ? values[name] : undefined)
  return { values, get, require: (name) => get(name) ?? missing(name, Object.keys(values)) }
}

function missing(name: string, known: readonly string[]): never {
  const guess = nearest(name, known)
  throw new InputError({
    summary: `the environment variable "${name}" is not set`,
    hint: guess ? `did you mean "${guess}"?` : `put ${name}=… into .env, or export it`,
  })
}
