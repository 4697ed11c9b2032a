import { z } from 'zod'
import { change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { seconds } from './shared/schema.ts'

/** Does nothing for a while. Where there is something to wait for, `wait` is better. */
export const pause = defineModule({
  name: 'pause',
  description: 'Does nothing for a while. Where there is something to wait for, wait is better.',
  args: z.strictObject({ seconds, why: z.string().min(1).describe('what the time is for') }),
  absent: undefined,
  read: async () => undefined,
  plan: ({ seconds: length, why }) => [
    change(`pause ${length} s: ${why}`, { ...cmd`sleep ${length}`, timeout: length + 30 }, undefined, {
      counts: false,
    }),
  ],
})
