import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { asUser, ceph, identity } from './client.ts'

/** `ceph config dump --format json`, since Mimic. The mask narrows a section to a host or a class of devices. */
const settings = z.array(
  z.looseObject({ section: z.string(), name: z.string(), value: z.string(), mask: z.string().default('') }),
)

interface Have {
  /** False before Mimic: there is no configuration database. */
  readonly supported: boolean
  /** Values by option, of the section asked for. */
  readonly values: ReadonlyMap<string, string>
}

/** A value; Ceph stores a size in bytes, so `4G` would never equal what is read back. */
const value = z.union([
  z
    .string()
    .refine((text) => !/^\d+(\.\d+)?\s*[KMGTPE](i?B)?$/i.test(text), 'write the size in bytes, as Ceph keeps it'),
  z.number(),
  z.boolean(),
  z.null(),
])

/** Options in the cluster's configuration database. */
export const config = defineModule({
  name: 'ceph.config',
  description: "Options in the cluster's configuration database, for releases since Mimic.",
  args: z.strictObject({
    who: z
      .string()
      .regex(/^[\w.][\w.:/-]*$/)
      .describe('section, with a mask if need be: global, mon, client.rbd-mirror.east, osd/class:ssd'),
    options: z
      .record(z.string().regex(/^\w[\w/.-]*$/), value)
      .describe('values by option; null takes an option out again'),
    as: identity.optional(),
  }),
  absent: { supported: true, values: new Map() },

  async read({ who, as }, look): Promise<Have> {
    const dump = await look.json(ceph`${asUser(as)} config dump --format json`, settings, { absent: [22] })
    const ours = dump?.filter(({ section, mask }) => (mask ? `${section}/${mask}` : section) === who) ?? []
    return { supported: dump !== undefined, values: new Map(ours.map(({ name, value }) => [name, value])) }
  },

  *plan({ who, options, as }, { supported, values }): Iterable<Change> {
    if (!supported)
      throw new TaskFailed({
        summary: 'this release of Ceph has no configuration database; it came with Mimic',
        hint: 'set the options in ceph.conf: ceph_conf_overrides in the inventory',
      })
    for (const [name, value] of Object.entries(options)) {
      const from = values.get(name)
      const to = value === null ? undefined : String(value)
      if (same(from, to)) continue
      const command =
        to === undefined
          ? ceph`${asUser(as)} config rm ${who} ${name}`
          : ceph`${asUser(as)} config set ${who} ${name} ${to}`
      yield change(`${who} ${name}`, command, { from, to })
    }
  },
})

/** Fractions are kept with six digits: 0.5 as 0.500000. */
function same(have: string | undefined, want: string | undefined): boolean {
  if (have === want) return true
  return !!have && !!want && Number(have) === Number(want)
}
