import { forcedFailoverPlays, otherOf, plannedFailoverPlays, playbook, siteName, sitePair, z } from 'ceph-playbook'

/**
 * The other site becomes the one that is written at: planned, with nothing lost, or by force, when the site that was
 * written at is gone. See docs/disaster-recovery.md.
 */
export default playbook({
  name: 'Fail over',
  vars: {
    pool: z.string().default('mirror-pool-test'),
    namespace: z.string().optional(),
    sites: sitePair.default(['east', 'west']),
    to: siteName.describe('the site that is to be written at'),
    images: z
      .preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(z.string()))
      .optional(),
    force: z
      .stringbool()
      .or(z.boolean())
      .default(false)
      .describe('the other site is lost, and what had not arrived with it'),
    declared: siteName
      .optional()
      .describe('with force: the name of the lost site, when it cannot be proven to be gone'),
    accept_older: z.stringbool().or(z.boolean()).default(false).describe('with force: promote half-synced images, too'),
    ignore_clients: z.stringbool().or(z.boolean()).default(false).describe('demote under running clients'),
    wait: z.coerce.number().int().positive().default(600).describe('seconds that a step may wait for the other site'),
    parallel: z.coerce.number().int().positive().default(16).describe('images at the same time'),
    operator: z.string().optional(),
    reason: z.string().optional().describe('kept in the record'),
  },
  plays: ({ sites, to, force, accept_older, ignore_clients, declared, ...rest }) => {
    const options = { ...rest, to, from: otherOf(sites, to), ignoreClients: ignore_clients }
    return force
      ? forcedFailoverPlays({ ...options, declared, acceptOlder: accept_older })
      : plannedFailoverPlays(options)
  },
})
