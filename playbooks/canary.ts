import { canaryPlays, drVars, flag, playbook, z } from 'ceph-playbook'

/**
 * Canaries: with them, `playbook dr status` and the record of a forced failover tell in seconds how far a site is behind,
 * also for images that are mirrored by their journal. See docs/disaster-recovery.md.
 */
export default playbook({
  name: 'Canaries',
  vars: {
    pool: drVars.pool,
    namespace: drVars.namespace,
    sites: drVars.sites,
    interval: z.coerce.number().int().min(1).default(10).describe('seconds from one stamp to the next'),
    remove: flag.describe('end them, and remove their images'),
  },
  plays: ({ remove, ...rest }) => canaryPlays({ ...rest, state: remove ? 'absent' : 'present' }),
})
