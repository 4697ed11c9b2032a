import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { parse } from 'dotenv'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { Secret } from '../core/secret.ts'

/**
 * Values from the environment and from dotenv files. All are secret: that is what such files are for, so one that others
 * can read is refused where a value is taken from it.
 */
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
  const optional = optionalFile === undefined ? {} : await readDotenv(optionalFile).catch(() => ({}))
  const named = await Promise.all(files.map(readNamed))
  return environmentOf(variables, Object.assign(optional, ...named))
}

/** Values of dotenv files by name, and the file of each. */
type FileValues = Readonly<Record<string, { readonly value: string; readonly file: string }>>

async function readNamed(file: string): Promise<FileValues> {
  try {
    return await readDotenv(file)
  } catch {
    throw new InputError({ summary: `there is no readable environment file "${file}"`, hint: 'check --env-file' })
  }
}

async function readDotenv(file: string): Promise<FileValues> {
  const values = parse(await readFile(file, 'utf8'))
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, file }]))
}

/** These values as an environment; those of files count where the process has none of that name. */
export function environmentOf(
  variables: Readonly<Record<string, string | undefined>>,
  inFiles: FileValues = {},
): Environment {
  const secrets = new Map<string, Secret>()
  const values: Record<string, Secret> = {}
  for (const name of new Set([...Object.keys(inFiles), ...Object.keys(variables)])) {
    const text = variables[name] ?? inFiles[name]?.value
    if (text === undefined) continue
    const file = variables[name] === undefined ? inFiles[name]?.file : undefined
    const secret = (): Secret => {
      if (file !== undefined) refuseOpenFile(file, name)
      const made = secrets.get(name) ?? new Secret(text)
      secrets.set(name, made)
      return made
    }
    Object.defineProperty(values, name, { get: secret, enumerable: true })
  }
  const get = (name: string): Secret | undefined => (Object.hasOwn(values, name) ? values[name] : undefined)
  return { values, get, require: (name) => get(name) ?? missing(name, Object.keys(values)) }
}

/**
 * Refuses a dotenv file from which a secret is about to be taken.
 *
 * @throws InputError when others can read it.
 */
export function refuseOpenFile(file: string, name: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077)
    throw new InputError({
      summary: `${name} is taken from ${file}, which others can read`,
      location: { file },
      hint: `chmod 600 ${file}`,
    })
}

function missing(name: string, known: readonly string[]): never {
  const guess = nearest(name, known)
  throw new InputError({
    summary: `the environment variable "${name}" is not set`,
    hint: guess ? `did you mean "${guess}"?` : `put ${name}=… into .env, or export it`,
  })
}
