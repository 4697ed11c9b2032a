import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import type { ModuleCall, TaskContext } from '../core/task.ts'
import { forHost, type Given, groupName } from './shared/given.ts'

const put = defineModule({
  name: 'groupBy',
  description: "Puts the task's host into a group from the next play on, where the group's variables count, too.",
  args: z
    .strictObject({
      key: groupName.describe('the group; computed for each host where it is a function'),
      groups: z
        .array(groupName)
        .min(1)
        .optional()
        .describe('all that a computed key may be: later plays may name them'),
      parents: z.array(groupName).default([]).describe('groups that the group is put below'),
    })
    .superRefine(({ key, groups = [key] }, { addIssue }) => {
      if (!groups.includes(key)) addIssue(`key "${key}" is none of groups: ${groups.join(', ')}`)
    }),
  absent: undefined,
  scope: 'host',
  read: async () => undefined,
  plan: () => [],
  output: ({ key }) => key,
  adds: ({ key, parents }) => ({ groups: [key], parents, vars: {} }),
})

interface Parents {
  readonly parents?: readonly string[]
}

/** A computed key says beforehand which groups there may be, so that a slip in a play's `hosts` is found at once. */
type GroupByArguments<Group extends string> = Parents &
  (
    | { readonly key: Group; readonly groups?: readonly Group[] }
    | { readonly key: (context: TaskContext) => NoInfer<Group>; readonly groups: readonly Group[] }
  )

/** A group for hosts that have something in common: `groupBy({ groups: ['debian', 'redhat'], key: ({ output }) => … })`. */
export const groupBy = Object.assign(
  <const Group extends string>(args: GroupByArguments<Group>): ModuleCall<Group> => {
    const { groups, parents = [] } = args
    const key: Given<Group> = args.key
    const written = (name: Group) => ({ key: name, parents: [...parents], ...(groups ? { groups: [...groups] } : {}) })
    const call = put(typeof key === 'function' ? (context) => written(forHost(key, context)) : written(key))
    const names = groups ?? (typeof key === 'function' ? [] : [key])
    return { ...(call as ModuleCall<Group>), mayAdd: [...names, ...parents] }
  },
  { definition: put.definition },
)
