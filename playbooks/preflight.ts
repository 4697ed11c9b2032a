import { playbook, preflightPlays, siteName, sitePair, z } from 'ceph-playbook'

/** Looks for everything that mirroring between two sites is known to stumble over, and changes nothing. */
export default playbook({
  name: 'Preflight',
  vars: {
    pool: z.string().default('mirror-pool-test'),
    namespace: z.string().optional().describe('RBD namespace inside the pool'),
    sites: sitePair.default(['east', 'west']),
    to: siteName.optional().describe('the only site that is to have copies; default: both'),
    before: z.enum(['link', 'use']).default('use').describe('link: only what has to be so before two sites are linked'),
  },
  plays: preflightPlays,
})
