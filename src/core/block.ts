import type { Condition, Task } from './task.ts'

/**
 * Tasks that belong together: options for all of them, and what to do when one fails. As in Ansible, but a host that
 * became unreachable can be rescued too.
 */
export interface Block {
  readonly kind: 'block'
  readonly name: string | undefined
  readonly tasks: readonly PlayItem[]
  /** Run where a task of `tasks` failed; the host then counts as rescued and goes on. */
  readonly rescue: readonly PlayItem[]
  /** Run on every host of the block, whatever happened. */
  readonly always: readonly PlayItem[]
  readonly when: Condition | undefined
  readonly become: boolean | string | undefined
  readonly tags: readonly string[]
  readonly parallel: boolean
}

/** The point at which handlers notified so far run, instead of at the end of the play. */
export interface Flush {
  readonly kind: 'flush'
}

export const flushHandlers: Flush = { kind: 'flush' }

/** What stands in a play once roles are laid flat. */
export type PlayItem = Task | Block | Flush

/** A task, a block, or a list of them, as a role returns it. */
export type TaskItem = PlayItem | readonly TaskItem[]

export interface BlockOptions {
  readonly name?: string
  readonly tasks: readonly TaskItem[]
  readonly rescue?: readonly TaskItem[]
  readonly always?: readonly TaskItem[]
  readonly when?: Condition
  readonly become?: boolean | string
  readonly tags?: readonly string[]
  /** Its tasks do not depend on each other: each host applies them side by side, up to four at a time. Default false. */
  readonly parallel?: boolean
}

export function block(options: BlockOptions): Block {
  const { name, tasks, rescue = [], always = [], when, become, tags = [], parallel = false } = options
  return {
    kind: 'block',
    name,
    tasks: layFlat(tasks),
    rescue: layFlat(rescue),
    always: layFlat(always),
    when,
    become,
    tags,
    parallel,
  }
}

/** Roles, which are lists, laid out among their neighbours. */
export function layFlat(items: readonly TaskItem[]): PlayItem[] {
  return items.flatMap((item) => (isList(item) ? layFlat(item) : [item]))
}

function isList(item: TaskItem): item is readonly TaskItem[] {
  return Array.isArray(item)
}
