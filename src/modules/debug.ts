import { z } from 'zod'
import { change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'

/** Shows a value among the changes of a task, also with --check; the host is left as it is. */
export const debug = defineModule({
  name: 'debug',
  description: 'Shows a message or a value: debug(({ output }) => ({ message: …, value: output(task) })).',
  args: z.strictObject({
    message: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).describe('a line, or several'),
    value: z.unknown().optional().describe('shown as JSON; secrets in it are not'),
  }),
  absent: undefined,
  read: async () => undefined,
  plan: ({ message, value }) => {
    const lines = [message].flat()
    const last = lines.length - 1
    return lines.map((line, index) => {
      const shown = value === undefined || index < last ? line : `${line}: ${JSON.stringify(value, undefined, 1)}`
      return change(shown, cmd`true`, undefined, { counts: false })
    })
  },
})
