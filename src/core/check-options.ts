import { InputError } from './errors.ts'
import type { Location } from './location.ts'

/** What a number must be, and how that is said. */
type Demand = readonly [name: string, value: number | undefined, holds: (value: number) => boolean, words: string]

const positive = (value: number) => value > 0
const notNegative = (value: number) => value >= 0
const whole = (least: number) => (value: number) => Number.isInteger(value) && value >= least

/** The numbers among the options of a task. */
interface TaskNumbers {
  readonly throttle?: number
  readonly timeout?: number
  readonly until?: {
    readonly retries?: number
    readonly delay?: number
    readonly backoff?: number
    readonly deadline?: number
  }
}

/** The numbers among those of a play. */
interface PlayNumbers {
  readonly name: string
  readonly maxFailPercentage?: number
  readonly serial?: number | string | readonly (number | string)[]
}

/** @throws InputError for a number that makes no sense: a throttle of 0 would wait for ever. */
export function checkTaskOptions(name: string, options: TaskNumbers, location: Location | undefined): void {
  const { throttle, timeout, until } = options
  refuse(`task "${name}"`, location, [
    ['throttle', throttle, whole(1), 'a whole number from 1 on'],
    ['timeout', timeout, positive, 'a number of seconds above 0'],
    ['until.retries', until?.retries, whole(0), 'a whole number from 0 on'],
    ['until.delay', until?.delay, notNegative, 'a number of seconds from 0 on'],
    ['until.backoff', until?.backoff, (value) => value >= 1, 'a factor from 1 on'],
    ['until.deadline', until?.deadline, notNegative, 'a number of seconds from 0 on'],
  ])
}

/** @throws InputError before anything is run, for batches that are none or a share that is no percentage. */
export function checkPlayOptions(options: PlayNumbers, location: Location | undefined): void {
  const { name, maxFailPercentage, serial = [] } = options
  const percentage = (value: number) => value >= 0 && value <= 100
  refuse(`play "${name}"`, location, [['maxFailPercentage', maxFailPercentage, percentage, 'a number from 0 to 100']])
  for (const size of typeof serial === 'object' ? serial : [serial])
    if (!/^(?:\d+%|0*[1-9]\d*)$/.test(String(size)))
      throw new InputError({
        summary: `play "${name}": serial: "${size}" is neither a number of hosts nor a percentage such as "25%"`,
        location,
      })
}

function refuse(of: string, location: Location | undefined, demands: readonly Demand[]): void {
  for (const [name, value, holds, words] of demands)
    if (value !== undefined && !holds(value))
      throw new InputError({ summary: `${of}: ${name} must be ${words}, and is ${value}`, location })
}
