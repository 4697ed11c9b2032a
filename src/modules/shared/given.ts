import { z } from 'zod'
import type { TaskContext } from '../../core/task.ts'

/** One argument as it is written: plain, or computed for each host. */
export type Given<Value> = Value | ((context: TaskContext) => Value)

export function forHost<Value extends string | object | undefined>(given: Given<Value>, context: TaskContext): Value {
  return typeof given === 'function' ? given(context) : given
}

/** A name that a pattern can name. */
export const groupName = z
  .string()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u, 'a group has a name of letters, digits, "_", "-" and "."')
