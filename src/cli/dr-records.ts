import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlayItem } from '../core/block.ts'
import type { Inventory } from '../core/host.ts'
import type { Play } from '../core/playbook.ts'
import type { Task } from '../core/task.ts'
import { recordPage, recordSchema } from '../modules/rbd/record.ts'
import type { RunOutcome } from '../runner/run.ts'

/** Writes the records of changed roles, as the sites have them, into the folder of the run: JSON, and a page. */
export function keepRecords(
  folder: string,
  { plays, inventory }: { readonly plays: readonly Play[]; readonly inventory: Pick<Inventory, 'hosts'> },
  outcome: Pick<RunOutcome, 'output'>,
): void {
  const writing = plays
    .flatMap(({ items }) => tasksIn(items))
    .filter(({ call }) => call.moduleName === 'rbd.siteRecord')
  for (const task of writing)
    for (const host of inventory.hosts.keys()) {
      const { success, data: record } = recordSchema.safeParse(outcome.output(task, host))
      if (!success) continue
      writeFileSync(join(folder, `${record.id}.md`), recordPage(record), { mode: 0o600 })
      writeFileSync(join(folder, `${record.id}.json`), `${JSON.stringify(record, undefined, 1)}\n`, { mode: 0o600 })
    }
}

function tasksIn(items: readonly PlayItem[]): Task[] {
  return items.flatMap((item) => {
    if (item.kind === 'task') return [item]
    return item.kind === 'block' ? tasksIn([...item.tasks, ...item.rescue, ...item.always]) : []
  })
}
