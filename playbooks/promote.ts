import { play, playbook, promoteImages, recordVars, siteName, z } from 'ceph-playbook'

/** The images of a pool can be written at this site from now on. */
export default playbook({
  name: 'Promote images',
  vars: {
    site: siteName.describe('where they are to be primary'),
    pool: z.string().default('mirror-pool-test'),
    image: z.string().optional().describe('one image; default: every mirrored image of the pool'),
    force: z
      .boolean()
      .default(false)
      .describe('although the other site was not demoted: what has not arrived is lost, and the two diverge'),
    ...recordVars,
  },
  plays: ({ site, pool, image, force, operator, reason }) => [
    play({
      name: `The images are primary at ${site}`,
      hosts: `${site}:&mons`,
      become: true,
      tasks: promoteImages({ pool, image, force, operator, reason }),
    }),
  ],
})
