import { z } from 'zod'
import { sitePair } from './mirror-site.ts'

/** `-e name=true` comes as text. */
export const flag = z.union([z.boolean(), z.stringbool()]).default(false)

const seconds = z.coerce.number().int().positive()

/** What the record of a change of roles says besides what was done. Where nobody is named, it is who runs the playbook. */
export const recordVars = {
  operator: z.string().optional().describe('who does it; kept in the record'),
  reason: z.string().optional().describe('why; kept in the record'),
}

/** Variables that all playbooks of disaster recovery take. */
export const drVars = {
  pool: z.string().default('mirror-pool-test'),
  namespace: z.string().optional(),
  sites: sitePair.default(['east', 'west']),
  images: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value),
      z.array(z.string()).optional(),
    )
    .describe('only these, with commas between; default: all'),
  wait: seconds.default(600).describe('seconds that a step may wait for the other site'),
  parallel: seconds.default(16).describe('images at the same time'),
  ...recordVars,
}
