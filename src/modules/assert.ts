import { z } from 'zod'
import { TaskFailed } from '../core/errors.ts'
import { defineModule } from '../core/module.ts'

/** Stops a host for which a condition does not hold; the condition is computed by the playbook. */
export const assert = defineModule({
  name: 'assert',
  description: 'Stops a host for which a condition does not hold: assert(({ host }) => ({ that: …, message: … })).',
  args: z.strictObject({
    that: z.union([z.boolean(), z.array(z.boolean()).min(1)]).describe('what must hold; of a list, everything'),
    message: z.string().min(1).describe('what is wrong when it does not, and what to do about it'),
  }),
  absent: undefined,
  read: async () => undefined,
  plan({ that, message }) {
    if ([that].flat().every(Boolean)) return []
    throw new TaskFailed({ summary: message })
  },
})
