import { z } from 'zod'
import type { Change } from './change.ts'
import type { CommandResult } from './command.ts'
import { InputError } from './errors.ts'
import { NotFetched, withSecrets } from './fetched-secret.ts'
import type { Addition } from './host.ts'
import type { Look } from './look.ts'
import { nearest } from './nearest.ts'
import type { TaskContext } from './task.ts'

/**
 * What a kind of task looks at and how it decides; see docs/modules.md. `Have` is what `read` saw, `Output` what later
 * tasks may use.
 */
export interface ModuleDefinition<Schema extends z.ZodType, Have, Output> {
  /** As in `ceph.pool`. */
  readonly name: string
  /** A sentence or two for `playbook modules`; its arguments are described by `.describe()` in the schema. */
  readonly description: string
  readonly args: Schema
  /** Declares what to look at. Must change nothing on the host, and have no other effect. */
  read(args: z.output<Schema>, look: Look): Promise<Have>
  /** Pure: the changes that turn what there is into what is asked for, in order; none when it is so already. */
  plan(args: z.output<Schema>, have: Have): Iterable<Change>
  /** What later tasks may use, undefined while it cannot be known yet. Read anew after a change. */
  output?(args: z.output<Schema>, have: Have): Output | undefined
  /**
   * What later tasks may use of what its commands said, one result for each change. It is known only where they were run
   * by this run. For modules that cannot look at what they did; instead of `output`.
   */
  answer?(args: z.output<Schema>, results: readonly CommandResult[]): Output | undefined
  /**
   * What the output will be once the changes are made, for a plan where `output` does not know: with a `standIn` for
   * each value that only apply will tell. Default: all of it is known only after apply.
   */
  foresee?(args: z.output<Schema>, have: Have): Output | undefined
  /**
   * What it adds to the inventory of the run, from the next play on; without `host`, to the task's. It needs an `output`,
   * too: a task that has one is not passed over by a run that is resumed.
   */
  adds?(args: z.output<Schema>): ModuleAddition
  /** What `read` would see on a host on which nothing is there yet: lets `--check` plan past a package not installed. */
  readonly absent: Have
  /**
   * `host`: all that it reads and changes is of that host alone (files, packages, units). Default `wider`: what one
   * host changes, another may see (a cluster's state), so what was read ahead there is read anew.
   */
  readonly scope?: 'host' | 'wider'
}

export type ModuleAddition = Omit<Addition, 'host' | 'location'> & Partial<Pick<Addition, 'host'>>

/** What one look at one host gave. */
export interface Observation<Output> {
  readonly changes: readonly Change[]
  readonly output: Output | undefined
  /** What a plan may take for the output while that is not known. */
  foresee?(): Output | undefined
}

/** A module with checked arguments, ready for one host. */
export interface PreparedModule<Output> {
  /** Whether later tasks can use something of it, so that it is read anew after a change. */
  readonly hasOutput: boolean
  observe(look: Look): Promise<Observation<Output>>
  /** The output alone, after the plan was applied: what a plan refuses to begin with is no matter then. */
  outputNow(look: Look): Promise<Output | undefined>
  /** The plan for a host that cannot be read yet, because what comes before has not been applied. */
  observeAbsent(): Observation<Output>
  /** The output, of what its changes said. */
  answer?(results: readonly CommandResult[]): Output | undefined
  /** What it adds to the inventory of the run. */
  addition?(): ModuleAddition | undefined
}

/** A module and its arguments: the data of a task. */
export interface ModuleCall<Output> {
  readonly moduleName: string
  readonly scope: 'host' | 'wider'
  /** Groups and hosts that it may add to the inventory of the run, so that later plays may name them. Default: none. */
  readonly mayAdd?: readonly string[]
  /** @throws InputError when the arguments do not fit the schema. */
  prepare(context: TaskContext): PreparedModule<Output>
}

export interface Module<Schema extends z.ZodType, Have, Output> {
  (args: Arguments<Schema>): ModuleCall<Output>
  readonly definition: ModuleDefinition<Schema, Have, Output>
}

/** Arguments as they are written: plain, or computed for each host. */
export type Arguments<Schema extends z.ZodType> = z.input<Schema> | ((context: TaskContext) => z.input<Schema>)

/** Makes a module: a function from its arguments to the data of a task. Plain arguments are checked at once. */
export function defineModule<Schema extends z.ZodType, Have, Output = undefined>(
  definition: ModuleDefinition<Schema, Have, Output>,
): Module<Schema, Have, Output> {
  const call = (args: Arguments<Schema>): ModuleCall<Output> => {
    const fixed = typeof args === 'function' ? undefined : prepareOrWait(definition, () => args)
    return {
      moduleName: definition.name,
      scope: definition.scope ?? 'wider',
      prepare: (context) =>
        fixed ?? prepareOrWait(definition, () => (args as (context: TaskContext) => z.input<Schema>)(context)),
    }
  }
  return Object.assign(call, { definition })
}

/** Arguments that need the text of a secret which has not come yet are made, and checked, once it has. */
function prepareOrWait<Schema extends z.ZodType, Have, Output>(
  definition: ModuleDefinition<Schema, Have, Output>,
  input: () => unknown,
): PreparedModule<Output> {
  const now = () => prepare(definition, input())
  try {
    return now()
  } catch (error) {
    if (!(error instanceof NotFetched)) throw error
    return {
      hasOutput: definition.output !== undefined,
      observe: (look) => withSecrets(() => now().observe(look)),
      outputNow: (look) => withSecrets(() => now().outputNow(look)),
      observeAbsent: () => now().observeAbsent(),
      ...(definition.answer ? { answer: (results) => now().answer?.(results) } : {}),
      ...(definition.adds ? { addition: () => now().addition?.() } : {}),
    }
  }
}

function prepare<Schema extends z.ZodType, Have, Output>(
  definition: ModuleDefinition<Schema, Have, Output>,
  input: unknown,
): PreparedModule<Output> {
  const args = parseArguments(definition, input)
  const observation = (have: Have): Observation<Output> => ({
    changes: [...definition.plan(args, have)],
    output: definition.output?.(args, have),
    ...(definition.foresee ? { foresee: () => definition.foresee?.(args, have) } : {}),
  })
  return {
    hasOutput: definition.output !== undefined,
    observe: (look) => withSecrets(async () => observation(await definition.read(args, look))),
    outputNow: (look) => withSecrets(async () => definition.output?.(args, await definition.read(args, look))),
    observeAbsent: () => observation(definition.absent),
    ...(definition.answer ? { answer: (results) => definition.answer?.(args, results) } : {}),
    ...(definition.adds ? { addition: () => definition.adds?.(args) } : {}),
  }
}

/** Arguments checked against the module's schema; every fault is named in one error. */
export function parseArguments<Schema extends z.ZodType>(
  { name, args: schema }: Pick<ModuleDefinition<Schema, unknown, unknown>, 'name' | 'args'>,
  input: unknown,
): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => describeIssue(schema, issue))
  throw new InputError({
    summary: `${name}: ${faults.join('; ')}`,
    hint: `playbook modules ${name}`,
  })
}

function describeIssue(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0)
    return issue.keys.map((key) => unknownArgument(schema, key)).join('; ')
  const path = issue.path.join('.')
  if (path && issue.message.endsWith('received undefined')) return `argument "${path}" is needed`
  const reason = issue.code === 'invalid_union' ? closestShape(issue) : issue.message
  return path ? `argument "${path}": ${reason}` : reason
}

/** Of all shapes that an argument may have, what is wrong with the one that it comes nearest to. */
function closestShape({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const [nearestErrors] = [...errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)
  return nearestErrors?.map((issue) => [...issue.path, issue.message].join(': ')).join(', ') || message
}

/** How far into a value its faults are: the deeper, the more of it fits. An object with a wrong key was an object. */
function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)))
}

function unknownArgument(schema: z.ZodType, key: string): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const guess = nearest(key, known)
  return `unknown argument "${key}"${guess ? ` (did you mean "${guess}"?)` : known.length ? ` (it takes ${known.join(', ')})` : ''}`
}
