import { play, playbook, sitePair, verifyMirroring, z } from 'ceph-playbook'

/** Writes a known content on each site and reads it on the other; tells how long that takes. Leaves nothing behind. */
export default playbook({
  name: 'Verify that a pool is mirrored',
  vars: {
    pool: z.string().default('mirror-pool-test'),
    sites: sitePair.default(['east', 'west']),
    mirroring: z.enum(['journal', 'snapshot']).default('journal').describe('how the image that is made is mirrored'),
    deadline: z.coerce.number().positive().default(180).describe('seconds to wait for a copy'),
  },
  plays: ({ pool, sites, mirroring, deadline }) => [
    play({
      name: 'What is written on one site is read on the other',
      hosts: `${sites.join(':')}:&mons`,
      become: true,
      tasks: verifyMirroring({ pool, sites, mirroring, deadline, text: new Date().toISOString() }),
    }),
  ],
})
