import { play, playbook, recordVars, resyncImages, siteName, z } from 'ceph-playbook'

/** Copies that have diverged from their primary are thrown away and made anew. */
export default playbook({
  name: 'Copy images anew after split-brain',
  vars: {
    site: siteName.describe('the site whose copies are thrown away'),
    pool: z.string().default('mirror-pool-test'),
    image: z.string().optional().describe('one image; default: every image of the pool that is in split-brain'),
    force: z.boolean().default(false).describe('although no split-brain is seen, or no primary to copy from'),
    ...recordVars,
  },
  plays: ({ site, pool, image, force, operator, reason }) => [
    play({
      name: `The copies at ${site} are those of their primaries`,
      hosts: `${site}:&mons`,
      become: true,
      tasks: resyncImages({ pool, image, force, operator, reason }),
    }),
  ],
})
