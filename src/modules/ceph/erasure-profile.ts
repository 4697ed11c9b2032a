import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { ceph, word } from './client.ts'

/** `ceph osd erasure-code-profile get --format json`: all its values are text. */
const profileSchema = z.record(z.string(), z.string())

/** How an erasure-coded pool spreads its data; such a pool can hold the data of images, not the images themselves. */
export const erasureProfile = defineModule({
  name: 'ceph.erasureProfile',
  description:
    'An erasure code profile for new pools (ceph.pool, erasure). Never changed once it is there: pools use it.',
  args: z.strictObject({
    name: word.describe('name of the profile'),
    options: z
      .record(z.string().regex(/^[\w-]+$/), z.union([z.string(), z.number()]))
      .describe("what it is made of: { k: 4, m: 2, 'crush-failure-domain': 'host' }"),
  }),
  absent: undefined as Readonly<Record<string, string>> | undefined,

  read: ({ name }, look) =>
    look.json(ceph`osd erasure-code-profile get ${name} --format json`, profileSchema, { absent: [2] }),

  *plan({ name, options }, have): Iterable<Change> {
    if (!have) {
      const words = Object.entries(options).map(([key, value]) => `${key}=${value}`)
      yield change(`create erasure code profile ${name}`, ceph`osd erasure-code-profile set ${name} ${words}`)
      return
    }
    const differs = Object.entries(options).filter(([key, value]) => have[key] !== String(value))
    if (differs.length > 0)
      throw new TaskFailed({
        summary: `erasure code profile ${name} is there already, and differs: ${differs.map(([key, value]) => `${key} is ${have[key] ?? 'not set'}, not ${value}`).join('; ')}`,
        hint: 'pools that use a profile keep it: make another one under a new name',
      })
  },

  output: (_, have) => have,
})
