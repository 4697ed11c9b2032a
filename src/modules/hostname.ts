import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'

/** The name of a host, now and after a reboot. */
export const hostname = defineModule({
  name: 'hostname',
  description: 'The name of a host, now and after a reboot. Ceph daemons are known by it: set it before they are made.',
  args: z.strictObject({
    name: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*$/, 'letters, digits, hyphens and dots'),
  }),
  absent: { kept: '', current: '' },

  async read(_, look) {
    const [file, current] = await Promise.all([look.file('/etc/hostname', { content: true }), look.text(cmd`uname -n`)])
    return { kept: (file?.content ?? '').trim(), current: current.trim() }
  },

  *plan({ name }, { kept, current }): Iterable<Change> {
    if (kept === name && current === name) return
    const from = kept === current ? kept : `${current}, after a reboot ${kept || 'none'}`
    yield change('name of the host', cmd`hostnamectl set-hostname -- ${name}`, { from, to: name })
  },
})
