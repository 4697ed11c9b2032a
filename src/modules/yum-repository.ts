import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { textOf } from './shared/edit.ts'
import { keyArguments, noRepository, readRepository, repositoryChanges, repositoryName } from './shared/repository.ts'

const line = z.string().regex(/^[^\n]+$/, 'one line is expected')

/** A source of packages for yum and dnf, with the key that it is signed with. */
export const yumRepository = defineModule({
  name: 'yumRepository',
  description: 'A source of packages for yum and dnf, with its key.',
  args: z
    .strictObject({
      name: repositoryName.describe('of its section and file: /etc/yum.repos.d/NAME.repo'),
      description: line.optional(),
      baseurl: line.optional(),
      mirrorlist: line.optional(),
      metalink: line.optional(),
      enabled: z.boolean().default(true),
      gpgcheck: z.boolean().default(true).describe('packages must be signed'),
      gpgkey: line.optional().describe('address of the key, in place of key and keySrc'),
      options: z
        .record(z.string().regex(/^\w+$/), z.union([line, z.number().transform(String)]))
        .default({})
        .describe('more of yum.conf(5), such as priority or exclude'),
      ...keyArguments,
    })
    .refine(
      ({ baseurl, mirrorlist, metalink, state }) =>
        state === 'absent' || (baseurl ?? mirrorlist ?? metalink) !== undefined,
      'one of baseurl, mirrorlist and metalink is needed',
    )
    .refine(
      ({ gpgcheck, gpgkey, key, keySrc, state }) =>
        state === 'absent' || !gpgcheck || (gpgkey ?? key ?? keySrc) !== undefined,
      'a key is needed (key, keySrc or gpgkey), or gpgcheck: false',
    ),
  absent: noRepository,
  read: (args, look) => readRepository(look, sourceOf(args)),
  plan: (args, have) => repositoryChanges(sourceOf(args), have),
})

interface Wanted {
  readonly name: string
  readonly description?: string | undefined
  readonly baseurl?: string | undefined
  readonly mirrorlist?: string | undefined
  readonly metalink?: string | undefined
  readonly enabled: boolean
  readonly gpgcheck: boolean
  readonly gpgkey?: string | undefined
  readonly options: Readonly<Record<string, string>>
  readonly key?: string | undefined
  readonly keySrc?: string | undefined
  readonly state: 'present' | 'absent'
}

function sourceOf(wanted: Wanted) {
  const { name, key, keySrc, state } = wanted
  const keyPath = `/etc/pki/rpm-gpg/RPM-GPG-KEY-${name}`
  const settings = {
    name: wanted.description ?? name,
    baseurl: wanted.baseurl,
    mirrorlist: wanted.mirrorlist,
    metalink: wanted.metalink,
    enabled: wanted.enabled ? '1' : '0',
    gpgcheck: wanted.gpgcheck ? '1' : '0',
    gpgkey: wanted.gpgkey ?? ((key ?? keySrc) === undefined ? undefined : `file://${keyPath}`),
    ...wanted.options,
  }
  const lines = Object.entries(settings).flatMap(([option, value]) =>
    value === undefined ? [] : [`${option}=${value}`],
  )
  return {
    keyPath,
    listPath: `/etc/yum.repos.d/${name}.repo`,
    list: textOf([`[${name}]`, ...lines]),
    key,
    keySrc,
    state,
  }
}
