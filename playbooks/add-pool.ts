import { mirroredPool, mirroringStands, peerLink, play, playbook, sitePair, z } from 'ceph-playbook'

/** One more pool for two sites whose daemons run already; they notice it within half a minute. */
export default playbook({
  name: 'Mirror one more pool',
  vars: {
    pool: z.string(),
    mode: z.enum(['pool', 'image']).default('pool').describe('pool: every image with journaling; image: those told to'),
    peers: z.enum(['token', 'files']).default('token').describe('where keys of the other site are kept'),
    sites: sitePair.default(['east', 'west']),
    pgNum: z.coerce.number().int().positive().optional().describe('placement groups of a new pool'),
  },
  plays: ({ pool, mode, peers, sites, pgNum }) => {
    const [from, to] = sites
    const hosts = `${sites.join(':')}:&mons`
    const link = peerLink({ pool, peers, from, to, bothWays: true })
    return [
      play({ name: 'Each site has the pool', hosts, become: true, tasks: [mirroredPool({ pool, mode, pgNum })] }),
      play({ name: 'Each site knows the other', hosts, become: true, tasks: link.tasks }),
      play({ name: 'The daemons mirror it', hosts, become: true, tasks: [mirroringStands(pool)] }),
    ]
  },
})
