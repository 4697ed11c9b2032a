import {
  lookAtPool,
  mirrorDaemon,
  mirroringStands,
  peerLink,
  play,
  playbook,
  siteAccess,
  sitePair,
  z,
} from 'ceph-playbook'

/** More hosts share the work of a site's mirror daemons: those that are new in the group `rbdmirrors`. */
export default playbook({
  name: 'Run the mirror daemon on more hosts',
  vars: {
    hosts: z
      .string()
      .default('rbdmirrors')
      .describe('the new hosts, as a pattern; default: every host that is to have one'),
    sites: sitePair.default(['east', 'west']),
    pool: z.string().default('mirror-pool-test'),
    peers: z.enum(['token', 'files']).default('token').describe('where keys of the other site are kept'),
  },
  plays: ({ hosts, sites, pool, peers }) => {
    const [from, to] = sites
    const both = sites.join(':')
    const access = siteAccess()
    const link = peerLink({ pool, peers, from, to, bothWays: true })
    const before = lookAtPool(pool)
    const daemon = mirrorDaemon({ access, link: { ...link, changing: {} }, before })
    return [
      play({ name: 'The user of the daemons', hosts: `${both}:&mons`, become: true, tasks: [access.tasks, before] }),
      play({
        name: 'Each mirror host runs the daemon',
        hosts: `${both}:&rbdmirrors:&${hosts}`,
        become: true,
        tasks: daemon.tasks,
      }),
      play({
        name: 'The daemons are well',
        hosts: `${both}:&mons`,
        become: true,
        tasks: [mirroringStands(pool, daemon)],
      }),
    ]
  },
})
