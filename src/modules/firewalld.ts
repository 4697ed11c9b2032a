import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'

const kinds = ['port', 'service', 'rich-rule'] as const
type Kind = (typeof kinds)[number]

/** Ports, services and rules that firewalld lets in, now and after a reboot. */
export const firewalld = defineModule({
  name: 'firewalld',
  description: 'Ports, services and rules that firewalld lets in, now and after a reboot. It must be running.',
  args: z
    .strictObject({
      ports: z
        .array(z.string().regex(/^\d+(-\d+)?\/(tcp|udp|sctp|dccp)$/, 'such as 3300/tcp or 6800-7300/tcp'))
        .default([]),
      services: z.array(z.string().regex(/^[\w-]+$/, 'the name of a service is expected')).default([]),
      richRules: z
        .array(z.string().regex(/^rule .+$/, 'a rule as in firewalld.richlanguage(5) is expected'))
        .default([]),
      zone: z
        .string()
        .regex(/^[\w-]+$/)
        .optional()
        .describe("firewalld's default zone unless given"),
      state: z.enum(['present', 'absent']).default('present'),
    })
    .refine(
      ({ ports, services, richRules }) => ports.length + services.length + richRules.length > 0,
      'ports, services or richRules are needed',
    ),
  absent: { kept: {}, now: {} },

  async read(args, look): Promise<Have> {
    const list = async (more: readonly string[]) => {
      const asked = kinds.filter((kind) => wanted(args, kind).length > 0)
      const answers = asked.map(async (kind) => {
        const output = await look.text(cmd`firewall-cmd ${more} ${zoneOf(args)} ${`--list-${kind}s`}`)
        return [kind, output.split(kind === 'rich-rule' ? '\n' : /\s+/).filter(Boolean)] as const
      })
      return Object.fromEntries(await Promise.all(answers))
    }
    const [kept, now] = await Promise.all([list(['--permanent']), list([])])
    return { kept, now }
  },

  *plan(args, { kept, now }): Iterable<Change> {
    for (const kind of kinds)
      for (const value of wanted(args, kind)) {
        yield* ruleChanges(args, kind, value, kept, ['--permanent'])
        yield* ruleChanges(args, kind, value, now, [])
      }
  },
})

function* ruleChanges(args: Wanted, kind: Kind, value: string, have: Lists, more: readonly string[]): Iterable<Change> {
  const present = args.state === 'present'
  if ((have[kind] ?? []).includes(value) === present) return
  const command = cmd`firewall-cmd -q ${more} ${zoneOf(args)} ${`--${present ? 'add' : 'remove'}-${kind}=${value}`}`
  yield change(`${present ? 'let in' : 'shut out'} ${value} ${more.length > 0 ? 'after a reboot' : 'now'}`, command)
}

type Lists = Readonly<Partial<Record<Kind, readonly string[]>>>

interface Have {
  readonly kept: Lists
  readonly now: Lists
}

interface Wanted {
  readonly state: 'present' | 'absent'
  readonly ports: readonly string[]
  readonly services: readonly string[]
  readonly richRules: readonly string[]
  readonly zone?: string | undefined
}

function wanted({ ports, services, richRules }: Wanted, kind: Kind): readonly string[] {
  return { port: ports, service: services, 'rich-rule': richRules }[kind]
}

function zoneOf({ zone }: Wanted): readonly string[] {
  return zone === undefined ? [] : [`--zone=${zone}`]
}
