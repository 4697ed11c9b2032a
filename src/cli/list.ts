import { planPlays } from '../runner/plan-plays.ts'
import type { RunRequest } from '../runner/run.ts'
import { type ScheduledTask, tasksOf } from '../runner/schedule.ts'
import { writeOut } from './stdout.ts'

/** What of a playbook is to be listed. */
export interface Lists {
  readonly 'list-hosts': boolean
  readonly 'list-tasks': boolean
  readonly 'list-tags': boolean
}

/** Prints hosts, tasks and tags of each play, without touching a host. */
export function listPlays(request: Pick<RunRequest, 'plays' | 'inventory' | 'settings'>, lists: Lists): number {
  planPlays(request).forEach(({ schedule: { play, items }, hosts, expected }, index) => {
    const tasks = tasksOf(items)
    const lines = [
      `play #${index + 1} (${play.hosts}): ${play.name}`,
      ...(lists['list-hosts']
        ? section(`hosts (${hosts.length}${expected.length > 0 ? ', and what earlier plays add' : ''})`, hosts)
        : []),
      ...(lists['list-tasks'] ? section('tasks', tasks.map(taskLine)) : []),
      ...(lists['list-tags'] ? section('tags', [...new Set(tasks.flatMap(({ tags }) => tags))].sort()) : []),
    ]
    writeOut(`${index > 0 ? '\n' : ''}${lines.join('\n')}\n`)
  })
  return 0
}

function section(title: string, items: readonly string[]): string[] {
  return [`  ${title}:`, ...items.map((item) => `    ${item}`)]
}

function taskLine({ task, tags }: ScheduledTask): string {
  return `${task.name}  (${task.call.moduleName})${tags.length > 0 ? `  tags: ${tags.join(', ')}` : ''}`
}
