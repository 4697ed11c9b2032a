import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { ceph, word } from './client.ts'

export const listCrushRules = ceph`osd crush rule dump --format json`

/** `ceph osd crush rule dump --format json`: the fields that stayed the same from Luminous to Squid. */
export const crushRules = z.array(
  z.looseObject({
    rule_id: z.int(),
    rule_name: z.string(),
    steps: z.array(z.looseObject({ op: z.string(), item_name: z.string().optional(), type: z.string().optional() })),
  }),
)
type CrushRule = z.output<typeof crushRules>[number]

/** A rule that spreads the copies of a replicated pool. Rules cannot be changed, only made and removed. */
export const crushRule = defineModule({
  name: 'ceph.crushRule',
  description: 'A CRUSH rule that spreads the copies of a replicated pool.',
  args: z.strictObject({
    name: word.describe('name of the rule'),
    root: word.default('default').describe('the part of the CRUSH tree that holds the copies'),
    failureDomain: word.default('host').describe('type of which no two copies share one: host, rack, osd'),
    deviceClass: word.optional().describe('only on devices of this class: ssd'),
    state: z.enum(['present', 'absent']).default('present'),
  }),
  absent: undefined,

  read: async ({ name }, look): Promise<CrushRule | undefined> =>
    (await look.json(listCrushRules, crushRules)).find(({ rule_name }) => rule_name === name),

  *plan({ name, state, ...want }, have): Iterable<Change> {
    const { root, failureDomain, deviceClass } = want
    if (state === 'absent') {
      if (have) yield change(`remove CRUSH rule ${name}`, ceph`osd crush rule rm ${name}`)
    } else if (!have) {
      const command = ceph`osd crush rule create-replicated ${name} ${root} ${failureDomain} ${deviceClass ?? []}`
      yield change(`create CRUSH rule ${name}`, command)
    } else {
      const wanted = describe(deviceClass === undefined ? root : `${root}~${deviceClass}`, failureDomain)
      const found = describe(takenBy(have), domainOf(have))
      if (wanted !== found)
        throw new TaskFailed({
          summary: `the CRUSH rule ${name} is there and places ${found}, not ${wanted}; Ceph cannot change a rule`,
          hint: 'make a rule under another name and give it to the pool (crushRule of ceph.pool)',
        })
    }
  },
})

function describe(root: string | undefined, domain: string | undefined): string {
  return `over each ${domain} of ${root}`
}

function takenBy({ steps }: CrushRule): string | undefined {
  return steps.find(({ op }) => op === 'take')?.item_name
}

function domainOf({ steps }: CrushRule): string | undefined {
  return steps.find(({ op }) => op.startsWith('choose'))?.type
}
