import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { ENOENT, imageName, imageSpec, looking, namespaceName, poolName, within } from './names.ts'

/** `rbd image-meta list --format json`: one object; nothing at all before Nautilus when there are none. */
const metaSchema = z.record(z.string(), z.coerce.string())

/** Key-value pairs of an image, which mirroring takes along; `conf_…` are options of this one image. */
export const imageMeta = defineModule({
  name: 'rbd.imageMeta',
  description:
    'Metadata of an image: keys and values that are mirrored with it. A key conf_OPTION sets an option of Ceph for this image wherever it is.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    image: imageName,
    values: z
      .record(z.string().regex(/^[^-\s][^\s]*$/, 'a key has no spaces'), z.union([z.string(), z.null()]))
      .describe('values by key; null takes a key out again. Keys that are not named stay'),
  }),
  absent: {} as Readonly<Record<string, string>>,

  async read(args, look): Promise<Readonly<Record<string, string>>> {
    const command = looking(cmd`rbd image-meta list ${imageSpec(args)} --format json`)
    const text = await look.text(command, { absent: [ENOENT] })
    return text === undefined || text.trim() === '' ? {} : look.json(command, metaSchema)
  },

  *plan(args, have): Iterable<Change> {
    const spec = imageSpec(args)
    for (const [key, value] of Object.entries(args.values)) {
      const from = have[key]
      if (from === (value ?? undefined)) continue
      const command =
        value === null ? cmd`rbd image-meta remove ${spec} ${key}` : cmd`rbd image-meta set ${spec} ${key} ${value}`
      yield change(`${key} of ${spec}`, within(60, command), { from, to: value ?? undefined })
    }
  },

  output: (_, have) => have,
})
