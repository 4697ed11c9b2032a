import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { defineModule } from '../core/module.ts'
import { apt } from './shared/apt.ts'
import { textOf } from './shared/edit.ts'
import { keyArguments, noRepository, readRepository, repositoryChanges, repositoryName } from './shared/repository.ts'
import { hostPath } from './shared/schema.ts'

const word = z.string().regex(/^\S+$/, 'one word is expected')

/** A source of packages for apt, with the key that it is signed with and that is good for nothing else. */
export const aptRepository = defineModule({
  name: 'aptRepository',
  description: 'A source of packages for apt, with its key; lists are updated when it changes.',
  args: z
    .strictObject({
      name: repositoryName.describe('of its files: /etc/apt/sources.list.d/NAME.sources, /etc/apt/keyrings/NAME.asc'),
      uris: z.array(word).default([]),
      suites: z.array(word).default([]).describe('such as bookworm; one that ends with "/" has no components'),
      components: z.array(word).default(['main']),
      architectures: z.array(word).default([]).describe("the host's own unless given"),
      types: z.array(z.enum(['deb', 'deb-src'])).default(['deb']),
      ...keyArguments,
      signedBy: hostPath.optional().describe('a key that is on the host already, in place of key and keySrc'),
      trusted: z.boolean().default(false).describe('it needs no signature: only for one on the host itself'),
      updateCache: z.boolean().default(true),
    })
    .refine(
      ({ uris, suites, state }) => state === 'absent' || (uris.length > 0 && suites.length > 0),
      'arguments "uris" and "suites" are needed',
    ),
  absent: noRepository,
  read: (args, look) => readRepository(look, sourceOf(args)),

  *plan(args, have): Iterable<Change> {
    const changes = [...repositoryChanges(sourceOf(args), have)]
    yield* changes
    if (args.updateCache && changes.length > 0)
      yield change('update the lists of packages', apt.updateLists, undefined, { counts: false })
  },
})

interface Wanted {
  readonly name: string
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly architectures: readonly string[]
  readonly types: readonly string[]
  readonly key?: string | undefined
  readonly keySrc?: string | undefined
  readonly signedBy?: string | undefined
  readonly trusted: boolean
  readonly state: 'present' | 'absent'
}

function sourceOf(wanted: Wanted) {
  const { name, key, keySrc, signedBy, state } = wanted
  const keyPath = `/etc/apt/keyrings/${name}.asc`
  const signed = signedBy ?? (key !== undefined || keySrc !== undefined ? keyPath : undefined)
  const fields = [
    ['Types', wanted.types],
    ['URIs', wanted.uris],
    ['Suites', wanted.suites],
    ['Components', wanted.suites.every((suite) => suite.endsWith('/')) ? [] : wanted.components],
    ['Architectures', wanted.architectures],
    ['Signed-By', signed === undefined ? [] : [signed]],
    ['Trusted', wanted.trusted ? ['yes'] : []],
  ] as const
  const list = textOf(
    fields.filter(([, words]) => words.length > 0).map(([field, words]) => `${field}: ${words.join(' ')}`),
  )
  return { keyPath, listPath: `/etc/apt/sources.list.d/${name}.sources`, list, key, keySrc, state }
}
