import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import type { Command } from '../../core/command.ts'
import { within } from './names.ts'

/** When something is done again and again, as Ceph’s `rbd_support` module knows it. */
export interface Schedule {
  readonly interval: string
  readonly startTime: string
}

const interval = z
  .string()
  .regex(/^[1-9]\d*[mhd]$/, 'an interval is like 15m, 2h or 1d')
  .describe('15m, 2h, 1d')

export const schedules = z
  .array(z.strictObject({ interval, startTime: z.string().optional().describe('14:00:00-05:00') }))
  .describe('all schedules of this level; others there are removed, an empty list removes all')

/** The items of one level, as every `… schedule ls --format json` has them. */
export const scheduleItems = z
  .array(z.object({ interval: z.string(), start_time: z.string().nullish() }))
  .transform((items) => items.map(({ interval, start_time }): Schedule => ({ interval, startTime: start_time ?? '' })))

/** Removes what is not wanted and adds what is missing; `command` makes one of both for a schedule. */
export function* planSchedules(
  wanted: z.output<typeof schedules>,
  have: readonly Schedule[],
  command: (verb: 'add' | 'remove', words: readonly string[]) => Command,
): Iterable<Change> {
  const want = wanted.map(({ interval, startTime = '' }) => ({ interval, startTime }))
  const make = (verb: 'add' | 'remove', { interval, startTime }: Schedule) =>
    change(
      `${verb} schedule ${interval} ${startTime}`.trim(),
      within(60, command(verb, startTime === '' ? [interval] : [interval, startTime])),
    )
  for (const schedule of have.filter((item) => !includes(want, item))) yield make('remove', schedule)
  for (const schedule of want.filter((item) => !includes(have, item))) yield make('add', schedule)
}

function includes(all: readonly Schedule[], { interval, startTime }: Schedule): boolean {
  return all.some(
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
