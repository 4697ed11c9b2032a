import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { ceph, word } from './client.ts'
import { crushRules, listCrushRules } from './crush-rule.ts'

/**
 * `ceph osd pool ls detail --format json`. Luminous and Mimic have neither `pg_num_target` nor `pg_autoscale_mode`,
 * both came with Nautilus.
 */
const pools = z.array(
  z.looseObject({
    pool_name: z.string(),
    size: z.int(),
    min_size: z.int(),
    crush_rule: z.int(),
    pg_num: z.int(),
    pg_num_target: z.int().optional(),
    pg_autoscale_mode: z.string().optional(),
    quota_max_bytes: z.number(),
    quota_max_objects: z.number(),
    /** Empty for a replicated pool. */
    erasure_code_profile: z.string().default(''),
    /** Names of flags, separated by commas; `ec_overwrites` since Luminous. */
    flags_names: z.string().default(''),
    application_metadata: z.record(z.string(), z.unknown()).default({}),
  }),
)

type Pool = z.output<typeof pools>[number]

interface Have {
  readonly pool: Pool | undefined
  /** Names of the CRUSH rules by id; empty unless a rule is asked for. */
  readonly rules: ReadonlyMap<number, string>
}

const args = z
  .strictObject({
    name: word.describe('name of the pool'),
    state: z
      .enum(['present', 'absent'])
      .default('present')
      .describe('absent destroys all data in it; the monitors must allow that (mon_allow_pool_delete)'),
    application: z.enum(['rbd', 'rgw', 'cephfs']).optional().describe('what it is used for'),
    pgNum: z
      .int()
      .positive()
      .optional()
      .describe('placement groups at creation, and later while the autoscaler is not on; needed before Octopus'),
    autoscale: z.enum(['on', 'off', 'warn']).optional().describe("the pool's pg_autoscale_mode; since Nautilus"),
    erasure: word
      .optional()
      .describe(
        'erasure code profile of a new pool (ceph.erasureProfile). With application rbd it is a dataPool of images: they can overwrite in it',
      ),
    size: z.int().min(1).optional().describe('copies of each object; 1 needs mon_allow_pool_size_one'),
    minSize: z.int().min(1).optional().describe('copies that must be there for the pool to be used'),
    crushRule: word.optional().describe('name of the rule that places it'),
    quotaBytes: z.int().min(0).optional().describe('most bytes in it; 0 is no limit'),
    quotaObjects: z.int().min(0).optional().describe('most objects in it; 0 is no limit'),
  })
  .refine(({ state, application }) => state === 'absent' || application !== undefined, 'application is needed')
type Wanted = z.output<typeof args>

/** A pool. Of an existing pool only what is asked for is changed. */
export const pool = defineModule({
  name: 'ceph.pool',
  description: 'A pool, replicated or erasure-coded, with its application, size, placement and quotas.',
  args,
  absent: { pool: undefined, rules: new Map() },

  async read({ name, crushRule }, look): Promise<Have> {
    const [found, rules] = await Promise.all([
      look.json(ceph`osd pool ls detail --format json`, pools),
      crushRule === undefined ? [] : look.json(listCrushRules, crushRules),
    ])
    return {
      pool: found.find(({ pool_name }) => pool_name === name),
      rules: new Map(rules.map(({ rule_id, rule_name }) => [rule_id, rule_name])),
    }
  },

  *plan(want, have): Iterable<Change> {
    const { name, state, application } = want
    if (state === 'absent') {
      if (have.pool) yield removal(name)
      return
    }
    if (!have.pool) yield creation(want)
    else refuseOtherKind(want, have.pool)
    if (want.erasure !== undefined && application === 'rbd' && !have.pool?.flags_names.includes('ec_overwrites'))
      yield set(name, 'allow_ec_overwrites', 'true', undefined)
    yield* placement(want, have)
    yield* replication(want, have)
    yield* quotas(want, have)
    if (application && !(application in (have.pool?.application_metadata ?? {})))
      yield change(`application ${application}`, ceph`osd pool application enable ${name} ${application}`)
  },
})

function creation({ name, pgNum, erasure }: Wanted): Change {
  const hint =
    pgNum === undefined ? { hint: 'before Octopus, a new pool needs a number of placement groups: pgNum' } : {}
  return change(
    `create pool ${name}`,
    ceph`osd pool create ${name} ${pgNum ?? []} ${erasure === undefined ? [] : ['erasure', erasure]}`,
    undefined,
    hint,
  )
}

/** What a pool is made of cannot be changed. */
function refuseOtherKind({ name, erasure }: Wanted, { erasure_code_profile }: Pool): void {
  if (erasure === undefined || erasure === erasure_code_profile) return
  throw new TaskFailed({
    summary: `pool ${name} is ${erasure_code_profile === '' ? 'replicated' : `erasure-coded by ${erasure_code_profile}`}, not by ${erasure}, and that cannot be changed`,
    hint: 'make another pool, and move the data there',
  })
}

function removal(name: string): Change {
  return change(
    `destroy pool ${name} and all data in it`,
    ceph`osd pool rm ${name} ${name} --yes-i-really-really-mean-it`,
    undefined,
    { hint: 'the monitors refuse it unless mon_allow_pool_delete is true' },
  )
}

function* placement({ name, crushRule, autoscale, pgNum }: Wanted, { pool, rules }: Have): Iterable<Change> {
  if (crushRule !== undefined) yield* placedBy(name, crushRule, { pool, rules })
  if (autoscale !== undefined && pool && pool.pg_autoscale_mode === undefined)
    throw new TaskFailed({
      summary: `pool ${name}: this release of Ceph has no autoscaler of placement groups; it came with Nautilus`,
      hint: 'give pgNum instead of autoscale',
    })
  if (autoscale !== undefined && pool?.pg_autoscale_mode !== autoscale)
    yield set(name, 'pg_autoscale_mode', autoscale, pool?.pg_autoscale_mode)
  if (pool && pgNum !== undefined && (autoscale ?? pool.pg_autoscale_mode) !== 'on') yield* split(pool, pgNum)
}

function* placedBy(name: string, rule: string, { pool, rules }: Have): Iterable<Change> {
  const current = pool && rules.get(pool.crush_rule)
  if (current === rule) return
  const known = [...rules.values()]
  if (pool && !known.includes(rule))
    throw new TaskFailed({
      summary: `pool ${name} is to be placed by the CRUSH rule "${rule}", which the cluster does not have`,
      hint: `make it before with ceph.crushRule, or name one of: ${known.join(', ')}`,
    })
  yield set(name, 'crush_rule', rule, current)
}

/** Before Nautilus, data is placed anew only once a second number follows the first. */
function* split({ pool_name, pg_num, pg_num_target }: Pool, pgNum: number): Iterable<Change> {
  const target = pg_num_target ?? pg_num
  if (target === pgNum) return
  yield set(pool_name, 'pg_num', pgNum, target)
  if (pg_num_target === undefined) yield set(pool_name, 'pgp_num', pgNum, target)
}

function* replication({ name, size, minSize }: Wanted, { pool }: Have): Iterable<Change> {
  if (size !== undefined && pool?.size !== size) yield set(name, 'size', size, pool?.size, size === 1)
  if (minSize !== undefined && pool?.min_size !== minSize) yield set(name, 'min_size', minSize, pool?.min_size)
}

function* quotas({ name, quotaBytes, quotaObjects }: Wanted, { pool }: Have): Iterable<Change> {
  const limits = [
    ['max_bytes', quotaBytes, pool?.quota_max_bytes ?? 0],
    ['max_objects', quotaObjects, pool?.quota_max_objects ?? 0],
  ] as const
  for (const [limit, wanted, current] of limits)
    if (wanted !== undefined && wanted !== current)
      yield change(`quota ${limit}`, ceph`osd pool set-quota ${name} ${limit} ${wanted}`, { from: current, to: wanted })
}

function set(name: string, key: string, to: string | number, from: unknown, certain = false): Change {
  const yes = certain ? ['--yes-i-really-mean-it'] : []
  return change(key, ceph`osd pool set ${name} ${key} ${to} ${yes}`, { from, to })
}
