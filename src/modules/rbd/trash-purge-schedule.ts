import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { ENOENT, looking, namespaceName, poolName } from './names.ts'
import { planSchedules, type Schedule, scheduleItems, schedules } from './schedule.ts'

const listSchema = z.array(z.object({ pool: z.string(), namespace: z.string(), items: scheduleItems }))

/** When images whose time in the trash is over are deleted for good; Octopus and later. */
export const trashPurgeSchedule = defineModule({
  name: 'rbd.trashPurgeSchedule',
  description:
    'The schedules by which expired images are deleted from the trash of a pool or a namespace; what rbd.deleteDelay keeps there is among them.',
  args: z.strictObject({ pool: poolName, namespace: namespaceName, schedules }),
  absent: [] as readonly Schedule[],

  async read({ pool, namespace }, look): Promise<readonly Schedule[]> {
    const command = looking(cmd`rbd trash purge schedule ls --pool ${pool} --recursive --format json`)
    const levels = (await look.json(command, listSchema, { absent: [ENOENT] })) ?? []
    return levels.filter((level) => level.namespace === (namespace ?? '-')).flatMap(({ items }) => items)
  },

  *plan(args, have) {
    const level = [['--pool', args.pool], args.namespace === undefined ? [] : ['--namespace', args.namespace]]
    yield* planSchedules(args.schedules, have, (verb, words) => cmd`rbd trash purge schedule ${verb} ${level} ${words}`)
  },

  output: (_, have) => have,
})
