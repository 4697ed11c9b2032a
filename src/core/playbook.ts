import { layFlat, type PlayItem, type TaskItem } from './block.ts'
import { checkPlayOptions } from './check-options.ts'
import { callerLocation, type Location } from './location.ts'
import { parseVars, type VarOrigin, type VarsOf, type VarsSchema } from './playbook-vars.ts'

/** Hosts and what is done on them. */
export interface Play {
  readonly kind: 'play'
  readonly name: string
  /** A host pattern: `east:&rbdmirrors`. */
  readonly hosts: string
  readonly become: boolean | string
  readonly items: readonly PlayItem[]
  readonly tags: readonly string[]
  readonly serial: readonly (number | string)[]
  readonly order: HostOrder
  readonly strategy: Strategy
  readonly anyErrorsFatal: boolean
  readonly maxFailPercentage: number
  readonly forceHandlers: boolean
  readonly location: Location | undefined
}

/**
 * `linear`: every host ends a task before the next begins. `free`: each host goes its own way. `host_pinned`: so too,
 * and a host is finished before another takes its place among the run's forks.
 */
export type Strategy = 'linear' | 'free' | 'host_pinned'

/** In which order hosts are taken; `inventory` is the order of the pattern's terms. */
export type HostOrder = 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted' | 'shuffle'

export interface PlayOptions {
  readonly name: string
  readonly hosts: string
  /** Work as another user: `true` is root. Default false. */
  readonly become?: boolean | string
  /** Tags of every task in it. */
  readonly tags?: readonly string[]
  /** In order; roles (lists) and blocks may stand among them. */
  readonly tasks: readonly TaskItem[]
  /** Hosts at a time: a number, a percentage (`'25%'`), or a list of them for growing batches. Default: all. */
  readonly serial?: number | string | readonly (number | string)[]
  /** Default `inventory`. */
  readonly order?: HostOrder
  /** Default `linear`. */
  readonly strategy?: Strategy
  /** One failed host ends the run for all, after the task. Default false. */
  readonly anyErrorsFatal?: boolean
  /** The run ends when more than this share of a batch failed. Default 100. */
  readonly maxFailPercentage?: number
  /** Handlers run also on hosts that failed after the notification. Default false. */
  readonly forceHandlers?: boolean
}

/** A play. Roles among its tasks are laid flat. */
export function play(options: PlayOptions): Play {
  const { name, hosts, become = false, tags = [], tasks, serial = [] } = options
  const { order = 'inventory', strategy = 'linear' } = options
  const location = callerLocation(play)
  checkPlayOptions(options, location)
  return {
    kind: 'play',
    name,
    hosts,
    become,
    tags,
    items: layFlat(tasks),
    serial: typeof serial === 'object' ? serial : [serial],
    order,
    strategy,
    anyErrorsFatal: options.anyErrorsFatal ?? false,
    maxFailPercentage: options.maxFailPercentage ?? 100,
    forceHandlers: options.forceHandlers ?? false,
    location,
  }
}

/** What a playbook file default-exports: a name, its variables, and the plays for given values of them. */
export interface Playbook {
  readonly kind: 'playbook'
  readonly name: string
  readonly vars: VarsSchema
  /** @throws InputError naming every variable that is missing, unknown or does not fit, and where it was given. */
  plays(given: Readonly<Record<string, unknown>>, origins?: Readonly<Record<string, VarOrigin>>): readonly Play[]
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
    plays: (given, origins = {}) => {
      const values = parseVars(vars, given, origins) as VarsOf<Schema>
      return typeof plays === 'function' ? plays(values) : plays
    },
  }
}
