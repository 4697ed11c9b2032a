import { z } from 'zod'
import { change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'

/** Shows a value among the changes of a task, also with --check; the host is left as it is. */
export const debug = defineModule({
  name: 'debug',
  description: 'Shows a message or a value: debug(({ output }) => ({ message: …, value: output(task) })).',
  args: z.strictObject({
    message: z.string().min(1),
    value: z.unknown().optional().describe('shown as JSON; secrets in it are not'),
  }),
  absent: undefined,
  read: async () => undefined,
  plan: ({ message, value }) => [
    change(value === undefined ? message : `${message}: ${JSON.stringify(value, undefined, 1)}`, cmd`true`, undefined, {
      counts: false,
    }),
  ],
})
