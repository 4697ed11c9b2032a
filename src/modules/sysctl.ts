import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { editChanges, linesOf, textIn, textOf } from './shared/edit.ts'
import { hostPath } from './shared/schema.ts'

/** A setting of the kernel, now and after a reboot. */
export const sysctl = defineModule({
  name: 'sysctl',
  description: 'A setting of the kernel, now and after a reboot.',
  args: z
    .strictObject({
      name: z.string().regex(/^[\w*/-]+(\.[\w*/-]+)+$/, 'a name such as vm.swappiness is expected'),
      value: z.union([z.string().regex(/^[^\n]+$/, 'a value is one line'), z.number().transform(String)]).optional(),
      file: hostPath.default('/etc/sysctl.d/90-playbook.conf').describe('where it is kept'),
      state: z.enum(['present', 'absent']).default('present').describe('absent: no longer kept; now it stays as it is'),
    })
    .refine(({ value, state }) => value !== undefined || state === 'absent', 'argument "value" is needed'),
  absent: { file: undefined, current: undefined },

  async read({ name, file, state }, look) {
    const [kept, current] = await Promise.all([
      look.file(file, { content: true }),
      state === 'present' ? look.text(cmd`sysctl -n -- ${name}`, { absent: [1, 255] }) : undefined,
    ])
    return { file: kept, current: current === undefined ? undefined : words(current) }
  },

  *plan({ name, value = '', file: path, state }, { file, current }): Iterable<Change> {
    const content = textIn(path, file)
    if (state === 'present' && current !== words(value))
      yield change(`${name} now`, cmd`sysctl -q -w -- ${`${name}=${value}`}`, { from: current, to: words(value) })
    const lines = linesOf(content)
    const others = lines.filter((line) => nameIn(line) !== name)
    const kept = lines.filter((line) => nameIn(line) === name).map((line) => words(line.replace(/^[^=]*=/, '')))
    if (state === 'absent' ? kept.length === 0 : kept.length === 1 && kept[0] === words(value)) return
    const after = state === 'absent' ? others : [...others, `${name} = ${value}`]
    yield* editChanges({ path, create: true, sensitive: false, backup: false }, file, textOf(after))
  },
})

/** The kernel separates several numbers with tabs, people with spaces. */
function words(value: string): string {
  return value.trim().split(/\s+/).join(' ')
}

/** `net.ipv4.ip_forward` of ` -net/ipv4/ip_forward = 1`. */
function nameIn(line: string): string | undefined {
  return /^\s*-?([^\s#;=]+)\s*=/.exec(line)?.[1]?.replaceAll('/', '.')
}
