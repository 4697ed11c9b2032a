import { z } from 'zod'
import type { Vars } from '../core/host.ts'
import { defineModule } from '../core/module.ts'
import type { ModuleCall } from '../core/task.ts'
import { forHost, type Given, groupName } from './shared/given.ts'

const add = defineModule({
  name: 'addHost',
  description:
    'Adds a host, or groups and variables of one that is there, to the inventory of the run for later plays.',
  args: z.strictObject({
    name: z.string().min(1).describe('the host, as patterns name it'),
    groups: z.array(groupName).default([]).describe('groups that it is put into; later plays may name them'),
    vars: z.record(z.string(), z.unknown()).default({}).describe('its variables, ansible_host and its like among them'),
  }),
  absent: undefined,
  scope: 'host',
  read: async () => undefined,
  plan: () => [],
  output: ({ name }) => name,
  adds: ({ name, groups, vars }) => ({ host: name, groups, parents: [], vars }),
})

interface AddHostArguments {
  readonly name: Given<string>
  readonly groups?: readonly string[]
  readonly vars?: Given<Vars>
}

/** A host for the plays that come: `addHost({ name: 'guest-1', groups: ['guests'], vars: ({ output }) => ({ ansible_host: … }) })`. */
export const addHost = Object.assign(
  ({ name, groups = [], vars = {} }: AddHostArguments): ModuleCall<string> => {
    const written = (name: string, vars: Vars) => ({ name, groups: [...groups], vars: { ...vars } })
    const plain = typeof name === 'string' && typeof vars !== 'function' ? written(name, vars) : undefined
    const call = add(plain ?? ((context) => written(forHost(name, context), forHost<Vars>(vars, context))))
    return { ...call, mayAdd: [...groups, ...(typeof name === 'string' ? [name] : [])] }
  },
  { definition: add.definition },
)
