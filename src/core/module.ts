import type { z } from 'zod'
import { parseArguments } from './arguments.ts'
import type { Change } from './change.ts'
import type { CommandResult } from './command.ts'
import { NotFetched, withSecrets } from './fetched-secret.ts'
import type { Look } from './look.ts'
import type { ModuleAddition, Observation, PreparedModule } from './prepared-module.ts'
import type { ModuleCall, TaskContext } from './task.ts'

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
