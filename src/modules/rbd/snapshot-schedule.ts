import { z } from 'zod'
import { change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { defineModule } from '../../core/module.ts'
import { ENOENT, imageName, looking, namespaceName, poolName, within } from './names.ts'

const interval = z
  .string()
  .regex(/^[1-9]\d*[mhd]$/, 'an interval is like 15m, 2h or 1d')
  .describe('15m, 2h, 1d')

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName.optional().describe('default: every image of the pool or namespace that is mirrored by snapshots'),
  schedules: z
    .array(z.strictObject({ interval, startTime: z.string().optional().describe('14:00:00-05:00') }))
    .describe('all schedules of this level; others there are removed, an empty list removes all'),
})

type Args = z.output<typeof args>

interface Schedule {
  readonly interval: string
  readonly startTime: string
}

const listSchema = z.array(
  z.object({
    pool: z.string(),
    namespace: z.string(),
    image: z.string(),
    items: z.array(z.object({ interval: z.string(), start_time: z.string().nullish() })),
  }),
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
    return levels
      .filter((level) => isLevel(args, level))
      .flatMap(({ items }) => items)
      .map(({ interval, start_time }) => ({ interval, startTime: start_time ?? '' }))
  },

  *plan(args, have) {
    const want = args.schedules.map(({ interval, startTime = '' }) => ({ interval, startTime }))
    const level = [
      ['--pool', args.pool],
      args.namespace === undefined ? [] : ['--namespace', args.namespace],
      args.image === undefined ? [] : ['--image', args.image],
    ]
    for (const { interval, startTime } of have.filter((item) => !includes(want, item)))
      yield change(
        `remove schedule ${interval} ${startTime}`.trim(),
        within(60, cmd`rbd mirror snapshot schedule remove ${level} ${interval} ${startTime === '' ? [] : startTime}`),
      )
    for (const { interval, startTime } of want.filter((item) => !includes(have, item)))
      yield change(
        `add schedule ${interval} ${startTime}`.trim(),
        within(60, cmd`rbd mirror snapshot schedule add ${level} ${interval} ${startTime === '' ? [] : startTime}`),
      )
  },

  output: (_, have) => have,
})

/** What is above an image or a namespace is listed as `-`. */
function isLevel({ namespace, image }: Args, level: { readonly namespace: string; readonly image: string }): boolean {
  if (image !== undefined) return level.image === image && level.namespace === (namespace ?? '')
  return level.image === '-' && level.namespace === (namespace ?? '-')
}

function includes(schedules: readonly Schedule[], { interval, startTime }: Schedule): boolean {
  return schedules.some(
    (other) => minutes(other.interval) === minutes(interval) && clock(other.startTime) === clock(startTime),
  )
}

const minutesOf: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

/** Ceph writes 60m as 1h. */
function minutes(interval: string): number {
  return Number.parseInt(interval, 10) * (minutesOf[interval.slice(-1)] ?? 1)
}

/** Ceph writes 14:00 as 14:00:00. */
function clock(time: string): string {
  return time.replace(/^(\d\d:\d\d)(?!:|\d)/, '$1:00')
}
