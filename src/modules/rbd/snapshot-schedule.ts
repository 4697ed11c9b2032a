import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { ENOENT, imageName, looking, namespaceName, poolName } from './names.ts'
import { planSchedules, type Schedule, scheduleItems, schedules } from './schedule.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName.optional().describe('default: every image of the pool or namespace that is mirrored by snapshots'),
  schedules,
})

type Args = z.output<typeof args>

const listSchema = z.array(
  z.object({ pool: z.string(), namespace: z.string(), image: z.string(), items: scheduleItems }),
)

/** When mirror snapshots are taken of an image, a namespace or a pool; Octopus and later. */
export const snapshotSchedule = defineModule({
  name: 'rbd.snapshotSchedule',
  description: 'The schedules by which mirror snapshots are taken of a pool, a namespace or an image.',
  args,
  absent: [] as readonly Schedule[],

  async read(args, look): Promise<readonly Schedule[]> {
    const command = looking(cmd`rbd mirror snapshot schedule ls --pool ${args.pool} --recursive --format json`)
    // Exit code 2 says that there are none.
    const levels = (await look.json(command, listSchema, { absent: [ENOENT] })) ?? []
    return levels.filter((level) => isLevel(args, level)).flatMap(({ items }) => items)
  },

  *plan(args, have) {
    const level = [
      ['--pool', args.pool],
      args.namespace === undefined ? [] : ['--namespace', args.namespace],
      args.image === undefined ? [] : ['--image', args.image],
    ]
    yield* planSchedules(
      args.schedules,
      have,
      (verb, words) => cmd`rbd mirror snapshot schedule ${verb} ${level} ${words}`,
    )
  },

  output: (_, have) => have,
})

/** What is above an image or a namespace is listed as `-`. */
function isLevel({ namespace, image }: Args, level: { readonly namespace: string; readonly image: string }): boolean {
  if (image !== undefined) return level.image === image && level.namespace === (namespace ?? '')
  return level.image === '-' && level.namespace === (namespace ?? '-')
}
