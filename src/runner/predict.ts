import { z } from 'zod'
import { CommandFailed } from '../core/errors.ts'
import type { FileState } from '../core/files.ts'
import { hostVar } from '../core/host.ts'
import type { Observation, PreparedModule } from '../core/prepared-module.ts'
import { plannedView } from './change-view.ts'
import type { HostRun } from './host-run.ts'
import { summaryOf, type TaskResult } from './task-result.ts'
import { becomeUser, type TaskRun } from './task-run.ts'

/** With `check`, a host that cannot be read because of what was not done yet is planned as if nothing were there. */
export async function observeOrPredict(
  { target, environment }: TaskRun,
  prepared: PreparedModule<unknown>,
  observe: () => Promise<Observation<unknown>>,
): Promise<{ observation: Observation<unknown>; note?: string }> {
  try {
    return { observation: await observe() }
  } catch (error) {
    const readable = !(error instanceof CommandFailed)
    if (!environment.check || !target.predicted || readable) throw error
    return {
      observation: prepared.observeAbsent(),
      note: `cannot be read before the changes above are made; planned as if nothing were there`,
    }
  }
}

/** What a task would do, and what would stand on the host afterwards. */
export function predict(
  run: TaskRun,
  { changes, output, foresee }: Observation<unknown>,
  note: string | undefined,
): TaskResult {
  const { target, lookAhead, condition } = run
  const left = changes.flatMap(({ leaves }) => leaves ?? [])
  const user = becomeUser(run.scheduled, target) ?? loginName(target)
  for (const { path, file } of left) target.reader.foresee(path, file && { ...file, ...ownedBy(user, file) })
  if (left.length > 0) lookAhead.changedHere()
  if (changes.length > 0) target.predicted = true
  const told = output ?? foresee?.()
  const why = [note, condition].filter(Boolean).join('; ')
  return {
    ...summaryOf(changes),
    changes: changes.map((change) => plannedView(change, condition ?? note)),
    output: told,
    foreseen: told !== undefined && (output === undefined || run.context.foreseen()),
    ...(why ? { note: why } : {}),
  }
}

/** A new file belongs to who makes it. */
function ownedBy(user: string, { owner, group }: FileState): Pick<FileState, 'owner' | 'group'> {
  return { owner: owner || user, group: group || owner || user }
}

function loginName({ host }: HostRun): string {
  return hostVar(host, 'ansible_user', z.string().default(''))
}
