import {
  lookAtPool,
  mirrorDaemon,
  mirroredPool,
  mirroringStands,
  peerLink,
  play,
  playbook,
  preflightPlays,
  siteAccess,
  sitePair,
  z,
} from 'ceph-playbook'

/** Two sites mirror a pool to each other: what is primary at one is copied to the other, whichever it is. */
export default playbook({
  name: 'Mirror a pool both ways',
  vars: {
    pool: z.string().default('mirror-pool-test'),
    mode: z.enum(['pool', 'image']).default('pool').describe('pool: every image with journaling; image: those told to'),
    peers: z
      .enum(['token', 'files'])
      .default('token')
      .describe('where keys of the other site are kept: see docs/mirroring.md'),
    sites: sitePair.default(['east', 'west']),
    pgNum: z.coerce.number().int().positive().optional().describe('placement groups of a new pool'),
  },
  plays: ({ pool, mode, peers, sites, pgNum }) => {
    const [from, to] = sites
    const both = sites.join(':')
    const access = siteAccess()
    const before = lookAtPool(pool)
    const link = peerLink({ pool, peers, from, to, bothWays: true })
    const daemon = mirrorDaemon({ access, link, before })
    return [
      ...preflightPlays({ pool, sites, before: 'link' }),
      play({
        name: 'Each site has the pool, and a user for its daemons',
        hosts: `${both}:&mons`,
        become: true,
        tasks: [mirroredPool({ pool, mode, pgNum }), access.tasks, before],
      }),
      play({ name: 'Each site knows the other', hosts: `${both}:&mons`, become: true, tasks: link.tasks }),
      play({
        name: 'Each mirror host runs the daemon',
        hosts: `${both}:&rbdmirrors`,
        become: true,
        tasks: daemon.tasks,
      }),
      play({
        name: 'The daemons reach the other site',
        hosts: `${both}:&mons`,
        become: true,
        tasks: [mirroringStands(pool, daemon)],
      }),
    ]
  },
})
