import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import type { ModuleCall, TaskContext } from '../core/task.ts'

type Values = Readonly<Record<string, unknown>>

const keep = defineModule({
  name: 'setFact',
  description: 'Values, computed once a host, that later tasks read: setFact(({ output }) => ({ name: … })).',
  args: z.looseObject({}),
  absent: undefined,
  scope: 'host',
  read: async () => undefined,
  plan: () => [],
  output: (values) => values,
})

/** Values that later tasks read, typed: `setFact({ pool: 'images' })`, then `context.output(task).pool`. */
export const setFact = Object.assign(
  <Given extends Values>(values: Given | ((context: TaskContext) => Given)) =>
    keep(values) as unknown as ModuleCall<Given>,
  { definition: keep.definition },
)
