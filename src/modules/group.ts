import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { accountName } from './shared/schema.ts'

/** A group of the host, or none. */
export const group = defineModule({
  name: 'group',
  description: 'A group of the host, or none.',
  args: z.strictObject({
    name: accountName,
    gid: z.int().min(0).optional().describe('its number; the next free one unless given'),
    system: z.boolean().default(false).describe('a number from the range for system groups, when it is created'),
    state: z.enum(['present', 'absent']).default('present'),
  }),
  absent: undefined,

  async read({ name }, look): Promise<{ gid: number } | undefined> {
    const entry = await look.text(cmd`getent group ${name}`, { absent: [2] })
    return entry === undefined ? undefined : { gid: Number(entry.split(':')[2]) }
  },

  *plan({ name, gid, system, state }, have): Iterable<Change> {
    if (state === 'absent') {
      if (have) yield change(`remove group ${name}`, cmd`groupdel ${name}`, { from: have.gid, to: undefined })
    } else if (!have) {
      const options = [...(gid === undefined ? [] : ['-g', gid]), ...(system ? ['-r'] : [])]
      yield change(`create group ${name}`, cmd`groupadd ${options} ${name}`, { from: undefined, to: gid ?? name })
    } else if (gid !== undefined && gid !== have.gid)
      yield change(`number of group ${name}`, cmd`groupmod -g ${gid} ${name}`, { from: have.gid, to: gid })
  },

  output: (_, have) => have,
})
