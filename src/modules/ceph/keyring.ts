import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { writeFileCommand } from '../../core/files.ts'
import { defineModule } from '../../core/module.ts'
import { Secret } from '../../core/secret.ts'
import { attributeArguments } from '../shared/attributes.ts'
import { hostPath } from '../shared/schema.ts'
import { keyringOf } from './auth.ts'

interface Have {
  readonly exists: boolean
  /** Keys in the file, by user. */
  readonly keys: ReadonlyMap<string, Secret>
}

/** The file of a keyring with the right key of a user in it, whoever wrote it and whatever else it says. */
export const keyring = defineModule({
  name: 'ceph.keyring',
  description:
    'The file of a keyring in which a user has this key. One that has it is left as it is, with its caps and other users; else it is written anew. Owner and mode are those of a file that is written: use file for one that is there.',
  args: z.strictObject({
    path: hostPath.describe('such as /etc/ceph/ceph.client.rbd-mirror.east.keyring'),
    entity: z
      .string()
      .regex(/^[a-z]+\.[\w.-]+$/, 'such as client.rbd-mirror.east')
      .describe('the user with its type'),
    key: z.instanceof(Secret).describe('its key, as ceph.auth has it in its output'),
    owner: attributeArguments.owner.default('ceph'),
    group: attributeArguments.group.default('ceph'),
    mode: attributeArguments.mode.default('0600'),
  }),
  scope: 'host',
  absent: { exists: false, keys: new Map() } as Have,

  async read({ path }, look): Promise<Have> {
    const file = await look.file(path, { content: true })
    return { exists: file !== undefined, keys: keysIn(file?.content ?? '') }
  },

  *plan({ path, entity, key, owner, group, mode }, { exists, keys }): Iterable<Change> {
    if (keys.get(entity)?.reveal() === key.reveal()) return
    yield change(
      `write ${path}`,
      writeFileCommand({ path, content: keyringOf(entity, key), owner, group, mode }),
      { from: exists ? (keys.has(entity) ? 'another key' : `no key of ${entity}`) : undefined, to: 'a key not shown' },
      { hint: 'is Ceph installed, which makes /etc/ceph and the user ceph?' },
    )
  },
})

/** Ceph's files of sections: `[client.a]`, and below it `key = …`. */
function keysIn(text: string): ReadonlyMap<string, Secret> {
  const keys = new Map<string, Secret>()
  let entity = ''
  for (const line of text.split('\n')) {
    entity = /^\s*\[([^\]]+)\]/.exec(line)?.[1] ?? entity
    const key = /^\s*key\s*=\s*"?([^\s"]+)/.exec(line)?.[1]
    if (key !== undefined) keys.set(entity, new Secret(key))
  }
  return keys
}
