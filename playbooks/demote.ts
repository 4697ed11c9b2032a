import { demoteImages, play, playbook, recordVars, siteName, z } from 'ceph-playbook'

/** The images of a pool cannot be written at this site any more, and can be promoted at the other. */
export default playbook({
  name: 'Demote images',
  vars: {
    site: siteName.describe('where they are no longer to be primary'),
    pool: z.string().default('mirror-pool-test'),
    image: z.string().optional().describe('one image; default: every mirrored image of the pool'),
    ignoreClients: z.boolean().default(false).describe('although a client has an image open: its writes will fail'),
    ...recordVars,
  },
  plays: ({ site, pool, image, ignoreClients, operator, reason }) => [
    play({
      name: `No image is primary at ${site}`,
      hosts: `${site}:&mons`,
      become: true,
      tasks: demoteImages({ pool, image, ignoreClients, operator, reason }),
    }),
  ],
})
