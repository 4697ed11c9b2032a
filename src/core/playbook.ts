import type { z } from 'zod'
import { InputError } from './errors.ts'
import { callerLocation, type Location } from './location.ts'
import { nearest } from './nearest.ts'
import type { Task } from './task.ts'

/** A task, or a list of them, as a role returns it. */
export type TaskItem = Task | readonly TaskItem[]

/** Hosts and what is done on them. */
export interface Play {
  readonly kind: 'play'
  readonly name: string
  /** A host pattern: `east:&rbdmirrors`. */
  readonly hosts: string
  readonly become: boolean | string
  readonly tasks: readonly Task[]
  readonly tags: readonly string[]
  readonly location: Location | undefined
}

export interface PlayOptions {
  readonly name: string
  readonly hosts: string
  /** Work as another user: `true` is root. Default false. */
  readonly become?: boolean | string
  /** Tags of every task in it. */
  readonly tags?: readonly string[]
  /** In order; roles (lists) may stand among them. */
  readonly tasks: readonly TaskItem[]
}

/** A play. Roles among its tasks are laid flat. */
export function play({ name, hosts, become = false, tags = [], tasks }: PlayOptions): Play {
  return { kind: 'play', name, hosts, become, tags, tasks: flatten(tasks), location: callerLocation(play) }
}

function flatten(items: readonly TaskItem[]): Task[] {
  return items.flatMap((item) => (isTask(item) ? [item] : flatten(item)))
}

function isTask(item: TaskItem): item is Task {
  return !Array.isArray(item)
}

/** A playbook's variables: a schema for each, defaults included. */
export type VarsSchema = Readonly<Record<string, z.ZodType>>
export type VarsOf<Schema extends VarsSchema> = { readonly [Name in keyof Schema]: z.output<Schema[Name]> }

/** What a playbook file default-exports: a name, its variables, and the plays for given values of them. */
export interface Playbook {
  readonly kind: 'playbook'
  readonly name: string
  readonly vars: VarsSchema
  /** @throws InputError naming every variable that is missing, unknown or does not fit. */
  plays(given: Readonly<Record<string, unknown>>): readonly Play[]
}

/**
 * A playbook. Values of its variables come from the command line (`-e name=value`, `-e @file`) or the schema's default;
 * `plays` gets them checked and typed.
 */
export function playbook<Schema extends VarsSchema = Record<never, never>>(options: {
  readonly name: string
  readonly vars?: Schema
  readonly plays: readonly Play[] | ((vars: VarsOf<Schema>) => readonly Play[])
}): Playbook {
  const vars: VarsSchema = options.vars ?? {}
  const { plays } = options
  return {
    kind: 'playbook',
    name: options.name,
    vars,
    plays: (given) => {
      const values = parseVars(vars, given) as VarsOf<Schema>
      return typeof plays === 'function' ? plays(values) : plays
    },
  }
}

function parseVars(schemas: VarsSchema, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(schemas)
  const faults = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => unknownVariable(name, names))
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const result = schema.safeParse(given[name])
    if (result.success) values[name] = result.data
    else faults.push(faultOf(name, given[name], result.error))
  }
  if (faults.length > 0)
    throw new InputError({
      summary: `the playbook's variables do not fit: ${faults.join('; ')}`,
      hint: names.length > 0 ? names.map((name) => `-e ${name}=…`).join(' ') : 'this playbook takes no variables',
    })
  return values
}

function unknownVariable(name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return `unknown variable "${name}"${guess ? ` (did you mean "${guess}"?)` : ''}`
}

function faultOf(name: string, value: unknown, error: z.ZodError): string {
  if (value === undefined) return `variable "${name}" is missing`
  return `variable "${name}": ${error.issues.map((issue) => issue.message).join(', ')}`
}
