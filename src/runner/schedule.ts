import type { Block, PlayItem } from '../core/block.ts'
import type { TaskView } from '../core/events.ts'
import type { Play } from '../core/playbook.ts'
import type { Condition, Handler, Task } from '../core/task.ts'
import { type TagSelection, tagsMatch } from './tags.ts'

/** A task as it stands in a play: what its play and blocks say of it is settled. */
export interface ScheduledTask {
  readonly kind: 'task'
  readonly task: Task
  readonly view: TaskView
  readonly become: boolean | string
  readonly tags: readonly string[]
  /** Where it is applied on a host: tasks of different lanes run side by side (core/transport.ts). */
  readonly lane: number
}

export interface ScheduledBlock {
  readonly kind: 'block'
  readonly parallel: boolean
  readonly when: Condition | undefined
  readonly items: readonly ScheduledItem[]
  readonly rescue: readonly ScheduledItem[]
  readonly always: readonly ScheduledItem[]
}

export interface ScheduledFlush {
  readonly kind: 'flush'
}

export type ScheduledItem = ScheduledTask | ScheduledBlock | ScheduledFlush

/** A play ready to run: only the tasks that the tags select. */
export interface Schedule {
  readonly play: Play
  readonly items: readonly ScheduledItem[]
  readonly handlers: ReadonlyMap<Handler, ScheduledTask>
}

/** sshd allows ten channels a connection (MaxSessions); each lane takes one for each user worked as. */
const lanes = 4

interface Inherited {
  readonly lane: number
  readonly become: boolean | string
  readonly tags: readonly string[]
}

/** Lays out one play. `index` is its place in the run, and makes task ids unique. */
export function schedulePlay(play: Play, index: number, selection: TagSelection): Schedule {
  let count = 0
  const scheduleTask = (task: Task, inherited: Inherited, handler: boolean): ScheduledTask => ({
    kind: 'task',
    task,
    become: task.options.become ?? inherited.become,
    lane: inherited.lane,
    tags: [...inherited.tags, ...(task.options.tags ?? [])],
    view: {
      id: `${index + 1}.${++count}`,
      name: task.name,
      module: task.call.moduleName,
      handler,
      location: task.location,
    },
  })
  const scheduleItems = (items: readonly PlayItem[], inherited: Inherited): ScheduledItem[] =>
    items.flatMap((item): ScheduledItem[] => {
      if (item.kind === 'flush') return [item]
      if (item.kind === 'block') return [scheduleBlock(item, inherited)]
      const scheduled = scheduleTask(item, inherited, false)
      return tagsMatch(scheduled.tags, selection) ? [scheduled] : []
    })
  const scheduleBlock = (block: Block, outer: Inherited): ScheduledBlock => {
    const inherited = { ...outer, become: block.become ?? outer.become, tags: [...outer.tags, ...block.tags] }
    const inLane = (item: PlayItem, index: number) => scheduleItems([item], { ...inherited, lane: index % lanes })
    return {
      kind: 'block',
      parallel: block.parallel,
      when: block.when,
      items: block.parallel ? block.tasks.flatMap(inLane) : scheduleItems(block.tasks, inherited),
      rescue: scheduleItems(block.rescue, inherited),
      always: scheduleItems(block.always, inherited),
    }
  }
  const inherited = { become: play.become, tags: play.tags, lane: 0 }
  const items = scheduleItems(play.items, inherited)
  const handlers = new Map(
    notifiedBy(items).map((handler) => [handler, scheduleTask(handler.task, inherited, true)] as const),
  )
  return { play, items, handlers }
}

/** Every task of a play in the order written, those of blocks included. */
export function tasksOf(items: readonly ScheduledItem[]): ScheduledTask[] {
  return items.flatMap((item) => {
    if (item.kind === 'task') return [item]
    return item.kind === 'block' ? tasksOf([...item.items, ...item.rescue, ...item.always]) : []
  })
}

/** The handlers that a task notifies. */
export function handlersOf({ options: { notify = [] } }: Task): readonly Handler[] {
  return 'kind' in notify ? [notify] : notify
}

/** Handlers in the order in which they are first named, those that others notify last: the order in which they run. */
function notifiedBy(items: readonly ScheduledItem[]): Handler[] {
  const handlers = new Set(tasksOf(items).flatMap(({ task }) => handlersOf(task)))
  for (const { task } of handlers) for (const next of handlersOf(task)) handlers.add(next)
  return [...handlers]
}
