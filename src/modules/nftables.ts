import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { type FileState, sha256 } from '../core/files.ts'
import { defineModule } from '../core/module.ts'
import { contentChanges } from './shared/content.ts'
import { editChanges, linesOf, textIn, textOf } from './shared/edit.ts'
import { removal } from './shared/removal.ts'
import { hostPath } from './shared/schema.ts'

const folder = '/etc/nftables.d'
const include = `include "${folder}/*.nft"`

/** A table of nftables of your own, now and after a reboot; other tables stay as they are. */
export const nftables = defineModule({
  name: 'nftables',
  description:
    'A table of nftables of your own, now and after a reboot (enable nftables.service); others stay as they are.',
  args: z
    .strictObject({
      table: z.string().regex(/^[A-Za-z_]\w*$/, 'letters, digits and "_"'),
      family: z.enum(['inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev']).default('inet'),
      rules: z.string().optional().describe('chains, sets and rules, as within table … { }'),
      main: hostPath
        .default('/etc/nftables.conf')
        .describe('what is loaded at boot; /etc/sysconfig/nftables.conf on Red Hat and its kin'),
      state: z.enum(['present', 'absent']).default('present'),
    })
    .refine(({ rules, state }) => rules !== undefined || state === 'absent', 'argument "rules" is needed'),
  absent: { folder: undefined, file: undefined, main: undefined, loaded: false },

  async read({ table, family, main }, look): Promise<Have> {
    const [parent, file, mainFile, loaded] = await Promise.all([
      look.file(folder),
      look.file(pathOf(table), { content: true }),
      look.file(main, { content: true }),
      look.text(cmd`nft list table ${family} ${table}`, { absent: [1] }),
    ])
    return { folder: parent, file, main: mainFile, loaded: loaded !== undefined }
  },

  *plan({ table, family, rules = '', main, state }, have): Iterable<Change> {
    const path = pathOf(table)
    if (state === 'absent') {
      if (have.loaded) yield change(`drop table ${table}`, cmd`nft delete table ${family} ${table}`)
      return yield* removal(path, have.file)
    }
    const content = scriptFor(family, table, rules)
    if (!have.folder) yield change(`create directory ${folder}`, cmd`install -d -m 0755 -- ${folder}`)
    const want = { path, owner: 'root', group: 'root', mode: '0644', validate: ['nft', '--check', '--file', '%s'] }
    yield* contentChanges(want, { content, file: have.file })
    if (!have.loaded || have.file?.sha256 !== sha256(content))
      yield change(`load table ${table}`, cmd`nft --file ${path}`, {
        from: have.loaded ? 'the old one' : undefined,
        to: 'loaded',
      })
    const lines = linesOf(textIn(main, have.main))
    if (!lines.includes(include))
      yield* editChanges(
        { path: main, create: true, sensitive: false, backup: false },
        have.main,
        textOf([...lines, include]),
      )
  },
})

interface Have {
  readonly folder: FileState | undefined
  readonly file: FileState | undefined
  readonly main: FileState | undefined
  readonly loaded: boolean
}

function pathOf(table: string): string {
  return `${folder}/${table}.nft`
}

/** Declared, deleted and made anew in one transaction: there is no moment without rules, and none is there twice. */
function scriptFor(family: string, table: string, rules: string): string {
  const body = linesOf(rules).map((line) => (line === '' ? '' : `  ${line}`))
  const whole = `${family} ${table}`
  return textOf(['#!/usr/sbin/nft -f', `table ${whole}`, `delete table ${whole}`, `table ${whole} {`, ...body, '}'])
}
