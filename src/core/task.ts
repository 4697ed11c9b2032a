import { checkTaskOptions } from './check-options.ts'
import type { Host } from './host.ts'
import { callerLocation, type Location } from './location.ts'
import type { PreparedModule } from './prepared-module.ts'

/** What the arguments of a task may be computed from, for one host. */
export interface TaskContext {
  readonly host: Host
  /** Hosts that a pattern names, as in a play's `hosts`; those that tasks add are among them from the next play on. */
  hosts(pattern: string): readonly Host[]
  /**
   * The typed output of a task that ran before, on this host or on another. In `--check`, where it will be known only
   * after apply, the task that asks is shown as such and the plan goes on.
   *
   * @throws InputError when that task never runs on that host.
   */
  output<Output>(task: Task<Output>, host?: Host | string): Output
  /**
   * Whether a task changed something on this host, in this run or in the one that it resumes; not where its own `when` did
   * not hold.
   */
  changed(task: Task<unknown>, host?: Host | string): boolean
  /** As `changed`, for what is to be planned even so: with `--check`, also where only apply will tell whether it does. */
  mayHaveChanged(task: Task<unknown>, host?: Host | string): boolean
  /** Whether a task came to a good end on this host; with `--check`, whether it would have. */
  ran(task: Task<unknown>, host?: Host | string): boolean
}

export type Condition = (context: TaskContext) => boolean

/** What can be said of a task besides its module; names and meanings are Ansible's where it has them. */
export interface TaskOptions<Output = unknown> {
  /** Handlers that run at the end of the play when this task changed something. */
  readonly notify?: Handler | readonly Handler[]
  /** Run only where it holds; elsewhere the host is `skipped`. */
  readonly when?: Condition
  /** Another user to work as; `true` is root, `false` is the user who logged in. Default: the play's. */
  readonly become?: boolean | string
  readonly tags?: readonly string[]
  /** Seconds for each command of it. */
  readonly timeout?: number
  /** A failure is shown, and the host goes on. Default false. */
  readonly ignoreErrors?: boolean
  /** An unreachable host is shown, and tried again with the next task. Default false. */
  readonly ignoreUnreachable?: boolean
  /** Fails the task, with this reason, by its output. */
  failedWhen?(output: Output, context: TaskContext): string | undefined | false
  /** Whether the task counts as changed, by what was changed and its output. Default: when anything was. */
  changedWhen?(changed: boolean, output: Output | undefined): boolean
  /** Runs at most on so many hosts at a time. Default: the run's forks. */
  readonly throttle?: number
  /**
   * A condition on the output that must come true: the task is done again until it does, or the time is up. Of a module
   * without output, that it does not fail.
   */
  readonly until?: Until<Output>
  /** Run on the first host only; its output stands for all. Default false. */
  readonly runOnce?: boolean
  /** Another host of the inventory to work on, in this host's stead. */
  readonly delegateTo?: string | ((context: TaskContext) => string)
}

export interface Until<Output> {
  /** What is waited for, in words: shown while it waits, and when it does not come. */
  readonly condition: string
  met(output: Output): boolean
  /** Seconds between two looks. Default 2. */
  readonly delay?: number
  /** The delay grows by this factor from one look to the next, up to a minute. Default 1: it stays. */
  readonly backoff?: number
  /** Further looks until it is given up and the task fails. Default: as many as fit before the deadline. */
  readonly retries?: number
  /** Seconds until it is given up and the task fails. Default 300; with `retries`, none. */
  readonly deadline?: number
  /** Says what was seen last, in one line. Default: the output as JSON. */
  describe?(output: Output | undefined): string
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

export interface Task<Output = unknown> {
  readonly kind: 'task'
  readonly name: string
  readonly call: ModuleCall<Output>
  readonly options: TaskOptions<Output>
  /** Where the playbook makes it. */
  readonly location: Location | undefined
}

/** A task that runs once at the end of a play, and only where a task that notifies it changed something. */
export interface Handler {
  readonly kind: 'handler'
  readonly task: Task<unknown>
}

/** One step of a play: a module with its arguments, named for people. */
export function task<Output>(name: string, call: ModuleCall<Output>, options: TaskOptions<Output> = {}): Task<Output> {
  return made(name, call, options, callerLocation(task))
}

/** A task to be notified; by another handler, too. Several that one change is to set off are a list of them. */
export function handler<Output>(name: string, call: ModuleCall<Output>, options: TaskOptions<Output> = {}): Handler {
  return { kind: 'handler', task: made(name, call, options, callerLocation(handler)) }
}

function made<Output>(
  name: string,
  call: ModuleCall<Output>,
  options: TaskOptions<Output>,
  location: Location | undefined,
): Task<Output> {
  checkTaskOptions(name, options, location)
  return { kind: 'task', name, call, options, location }
}
