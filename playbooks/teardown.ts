import { InputError, playbook, recordVars, removeDaemonPlays, sitePair, teardownPlays, z } from 'ceph-playbook'

/** Two sites stop mirroring a pool. By default nothing is deleted: each copy becomes an image of its own. */
export default playbook({
  name: 'End the mirroring of a pool',
  vars: {
    pool: z.string().default('mirror-pool-test'),
    confirm: z.string().optional().describe('the name of the pool once more, to say that this is meant'),
    sites: sitePair.default(['east', 'west']),
    copies: z.enum(['keep', 'delete']).default('keep').describe('keep them as images of their own, or delete them'),
    daemons: z
      .boolean()
      .default(false)
      .describe('also stop the daemons and remove their users, keys and files: when no other pool is mirrored'),
    ...recordVars,
  },
  plays: ({ pool, confirm, sites, copies, daemons, operator, reason }) => {
    if (confirm !== pool)
      throw new InputError({
        summary: `the mirroring of pool ${pool} would end`,
        hint: `if that is meant: -e confirm=${pool}`,
      })
    return [
      ...teardownPlays({ pool, sites, copies, operator, reason }),
      ...(daemons ? removeDaemonPlays({ sites }) : []),
    ]
  },
})
