import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { ceph, word } from './client.ts'

/** `ceph mgr module ls --format json`; modules that are always on came with Nautilus. */
const moduleList = z.looseObject({
  always_on_modules: z.array(z.string()).default([]),
  enabled_modules: z.array(z.string()),
})

interface Have {
  readonly alwaysOn: readonly string[]
  readonly enabled: readonly string[]
}

/** A module of the managers, switched on or off. */
export const mgrModule = defineModule({
  name: 'ceph.mgrModule',
  description: 'A module of the managers, switched on or off.',
  args: z.strictObject({
    name: word.describe('name of the module: dashboard, prometheus'),
    state: z.enum(['enabled', 'disabled']).default('enabled'),
    force: z.boolean().default(false).describe('also when a manager says that it cannot run'),
  }),
  absent: { alwaysOn: [], enabled: [] },

  async read(_, look): Promise<Have> {
    const list = await look.json(ceph`mgr module ls --format json`, moduleList)
    return { alwaysOn: list.always_on_modules, enabled: list.enabled_modules }
  },

  *plan({ name, state, force }, { alwaysOn, enabled }): Iterable<Change> {
    if (alwaysOn.includes(name)) {
      if (state === 'enabled') return
      throw new TaskFailed({ summary: `the manager module ${name} is always on and cannot be disabled` })
    }
    const isOn = enabled.includes(name)
    if (state === 'enabled' && !isOn)
      yield change(`enable ${name}`, ceph`mgr module enable ${name} ${force ? '--force' : []}`)
    if (state === 'disabled' && isOn) yield change(`disable ${name}`, ceph`mgr module disable ${name}`)
  },
})
