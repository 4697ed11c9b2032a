import { z } from 'zod'
import { TaskFailed } from '../core/errors.ts'
import { defineModule } from '../core/module.ts'

/** Ends the play for a host, with a message; meant to stand behind a `when`. */
export const fail = defineModule({
  name: 'fail',
  description: 'Ends the play for a host with a message of yours.',
  args: z.strictObject({
    message: z.string().min(1).describe('what is wrong, and what to do about it'),
  }),
  absent: undefined,
  read: async () => undefined,
  plan({ message }) {
    throw new TaskFailed({ summary: message })
  },
})
