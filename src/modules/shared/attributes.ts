import { type Change, change, type Leftover } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import type { FileState } from '../../core/files.ts'
import { accountName, fileMode } from './schema.ts'

/** Arguments that every module for files and directories takes. What is not given is left as it is. */
export const attributeArguments = {
  mode: fileMode.optional().describe('octal, in quotes: "0640"; new files get 0644, new directories 0755'),
  owner: accountName.optional().describe('name of the user; new ones belong to the user of the task'),
  group: accountName.optional().describe("name of the group; new ones get the owner's"),
}

export interface Attributes {
  readonly mode?: string | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

/** Changes that correct owner, group and mode; the mode last, since chown clears the set-user-ID bit. */
export function* attributeChanges(path: string, want: Attributes, have: FileState | undefined): Iterable<Change> {
  const { owner, group, mode } = want
  const leaves = (wanted: Attributes) => ({ leaves: leftOver(path, have, wanted) })
  if (owner !== undefined && owner !== have?.owner)
    yield change(
      `owner of ${path}`,
      cmd`chown -- ${owner} ${path}`,
      { from: have?.owner, to: owner },
      leaves({ owner }),
    )
  if (group !== undefined && group !== have?.group)
    yield change(
      `group of ${path}`,
      cmd`chgrp -- ${group} ${path}`,
      { from: have?.group, to: group },
      leaves({ owner, group }),
    )
  if (mode !== undefined && mode !== have?.mode)
    yield change(`mode of ${path}`, cmd`chmod ${mode} -- ${path}`, { from: have?.mode, to: mode }, leaves(want))
}

/** Undefined where nothing is known of what is there. */
function leftOver(path: string, have: FileState | undefined, { owner, group, mode }: Attributes): Leftover | undefined {
  if (!have) return undefined
  const { owner: ownerBefore, group: groupBefore, mode: modeBefore } = have
  const file = { ...have, owner: owner ?? ownerBefore, group: group ?? groupBefore, mode: mode ?? modeBefore }
  return { path, file }
}
