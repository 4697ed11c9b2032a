import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { ENOENT, imageName, imageSpec, looking, namespaceName, poolName, poolSpec, within } from './names.ts'
import { octopus, readRelease } from './release.ts'

const nautilus = 14

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName.optional().describe('default: the pool or namespace, for all its images'),
  options: z
    .record(
      z.string().regex(/^rbd_\w+$/, 'an option of RBD is named rbd_…'),
      z.union([z.string(), z.number(), z.boolean(), z.null()]),
    )
    .describe('values by option; null takes an option out again. Options that are not named stay'),
})

/** `rbd config pool|image list`: all options, each with the level that its value comes from. */
const listSchema = z.array(z.object({ name: z.string(), value: z.coerce.string(), source: z.string() }))

interface Have {
  readonly release: number
  /** Values by option, of those that are set at the level that was asked for. */
  readonly values: Readonly<Record<string, string>>
}

/** Options of RBD for a pool or an image: throttles, caches, mirroring; they win over the cluster’s. */
export const config = defineModule({
  name: 'rbd.config',
  description:
    'Options of RBD for a pool, a namespace or one image (rbd_qos_…, rbd_mirroring_…): Nautilus and later. Those of a mirror daemon are set with ceph.config for its user.',
  args,
  absent: { release: octopus, values: {} } as Have,

  async read(args, look): Promise<Have> {
    const release = await readRelease(look)
    if (release < nautilus) return { release, values: {} }
    const { level, spec } = target(args)
    const command = looking(cmd`rbd config ${level} list ${spec} --format json`)
    const all = (await look.json(command, listSchema, { absent: [ENOENT] })) ?? []
    const own = all.filter(({ source }) => source === level)
    return { release, values: Object.fromEntries(own.map(({ name, value }) => [name, value])) }
  },

  *plan(args, { release, values }): Iterable<Change> {
    const { level, spec } = target(args)
    if (release < nautilus)
      throw new TaskFailed({
        summary: `Ceph ${release} keeps no options for a pool or an image (14, Nautilus, does)`,
        hint: 'for an image: rbd.imageMeta with a key conf_OPTION; for all: ceph_conf_overrides in the inventory',
      })
    for (const [name, value] of Object.entries(args.options)) {
      const from = values[name]
      const to = value === null ? undefined : String(value)
      if (from === to) continue
      const command =
        to === undefined
          ? cmd`rbd config ${level} remove ${spec} ${name}`
          : cmd`rbd config ${level} set ${spec} ${name} ${to}`
      yield change(`${name} of ${spec}`, within(60, command), { from, to })
    }
  },

  output: (_, { values }) => values,
})

function target({ image, ...spec }: z.output<typeof args>): { level: 'pool' | 'image'; spec: string } {
  return image === undefined
    ? { level: 'pool', spec: poolSpec(spec) }
    : { level: 'image', spec: imageSpec({ ...spec, image }) }
}
