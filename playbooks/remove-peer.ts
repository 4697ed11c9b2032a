import { playbook, sitePair, unlinkPlays, z } from 'ceph-playbook'

/** Two sites stop mirroring a pool to each other. Images, copies and their roles stay as they are. */
export default playbook({
  name: 'Take the link between two sites away',
  vars: { pool: z.string().default('mirror-pool-test'), sites: sitePair.default(['east', 'west']) },
  plays: ({ pool, sites }) => unlinkPlays({ pool, sites }),
})
