import { adoptPlays, playbook, sitePair, z } from 'ceph-playbook'

/**
 * Takes over a pair that was set up by hand: names stay as they are, what is right is left alone, and mirroring goes on
 * meanwhile. See docs/adopt.md; `--check` says what would be changed, and why.
 */
export default playbook({
  name: 'Take over a pair that was set up by hand',
  vars: {
    pool: z.string().default('mirror-pool-test'),
    sites: sitePair.default(['east', 'west']),
    ways: z
      .enum(['found', 'both'])
      .default('found')
      .describe('found: a link that goes one way stays so; both: each site is to receive from the other'),
    write: z
      .string()
      .regex(/^\//, 'an absolute path is expected')
      .optional()
      .describe('folder of the inventory, on the controller (localhost): variables are written there, too'),
  },
  plays: adoptPlays,
})
