import { z } from 'zod'
import { type Change, change, type Leftover } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import type { FileState } from '../core/files.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import { attributeArguments, attributeChanges } from './shared/attributes.ts'
import { removal } from './shared/removal.ts'
import { hostPath } from './shared/schema.ts'

interface Have {
  /** A link to a directory counts as one. */
  readonly found: FileState | undefined
  /** Something in it belongs to others; looked at only when asked for. */
  readonly strangers: boolean
}

/** A directory with its parents, or none. */
export const directory = defineModule({
  name: 'directory',
  description: 'A directory with its parents, or none.',
  args: z.strictObject({
    path: hostPath,
    state: z.enum(['present', 'absent']).default('present').describe('absent removes it with all that is in it'),
    ...attributeArguments,
    recurse: z.boolean().default(false).describe('owner and group also of all that is in it; modes stay'),
  }),
  absent: { found: undefined, strangers: false },

  async read({ path, owner, group, recurse }, look): Promise<Have> {
    const found = await followed(look, path)
    const search = recurse && found?.type === 'directory' ? unlike(path, owner, group) : undefined
    return { found, strangers: search !== undefined && (await look.text(search)) !== '' }
  },

  *plan({ path, state, recurse, ...want }, { found, strangers }): Iterable<Change> {
    if (state === 'absent') yield* removal(path, found)
    else if (found?.type !== 'directory') {
      yield change(
        `create directory ${path}`,
        install(path, want),
        { from: found?.type, to: 'directory' },
        { leaves: left(path, want) },
      )
    } else yield* attributeChanges(path, want, found)
    if (recurse && strangers && state === 'present') yield* recursively(path, want)
  },
})

async function followed(look: Look, path: string): Promise<FileState | undefined> {
  const found = await look.file(path)
  return found?.type === 'link' ? ((await look.file(`${path}/.`)) ?? found) : found
}

type Wanted = Pick<z.output<typeof directory.definition.args>, 'mode' | 'owner' | 'group'>

/** Made with its mode and owner at once, so that there is no moment in which others can enter. */
function install(path: string, { mode = '0755', owner, group }: Wanted) {
  const whose = [...(owner ? ['-o', owner] : []), ...(group ? ['-g', group] : [])]
  return cmd`install -d -m ${mode} ${whose} -- ${path}`
}

function left(path: string, { mode = '0755', owner = '', group = '' }: Wanted): Leftover {
  return { path, file: { type: 'directory', mode, owner, group, size: 4096 } }
}

/** Prints the first thing below a path whose owner or group is another. */
function unlike(path: string, owner: string | undefined, group: string | undefined) {
  const user = owner ? ['!', '-user', owner] : []
  const either = owner && group ? ['-o'] : []
  const tests = [...user, ...either, ...(group ? ['!', '-group', group] : [])]
  return tests.length > 0 ? cmd`find ${path} ( ${tests} ) -print -quit` : undefined
}

function* recursively(path: string, { owner, group }: Wanted): Iterable<Change> {
  if (owner) yield change(`owner of all in ${path}`, cmd`chown -RP -- ${owner} ${path}`)
  if (group) yield change(`group of all in ${path}`, cmd`chgrp -RP -- ${group} ${path}`)
}
