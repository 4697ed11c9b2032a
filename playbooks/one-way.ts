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
  siteName,
  z,
} from 'ceph-playbook'

/** One site copies a pool from another, and never the other way round. */
export default playbook({
  name: 'Mirror a pool one way',
  vars: {
    from: siteName.default('east').describe('the site that is written to'),
    to: siteName.default('west').describe('the site that gets the copies'),
    pool: z.string().default('mirror-pool-test'),
    mode: z.enum(['pool', 'image']).default('pool').describe('pool: every image with journaling; image: those told to'),
    peers: z.enum(['token', 'files']).default('token').describe('where the key of the other site is kept'),
    pgNum: z.coerce.number().int().positive().optional().describe('placement groups of a new pool'),
  },
  plays: ({ from, to, pool, mode, peers, pgNum }) => {
    const both = `${from}:${to}`
    const access = siteAccess()
    const before = lookAtPool(pool)
    const link = peerLink({ pool, peers, from, to, bothWays: false })
    const [sender, receiver] = [mirrorDaemon({ access, link, before }), mirrorDaemon({ access, link, before })]
    return [
      ...preflightPlays({ pool, sites: [from, to], to, before: 'link' }),
      play({
        name: 'Each site has the pool, and a user for its daemons',
        hosts: `${both}:&mons`,
        become: true,
        tasks: [mirroredPool({ pool, mode, pgNum }), access.tasks, before],
      }),
      play({ name: `${from} only sends`, hosts: `${from}:&mons`, become: true, tasks: link.sendOnly }),
      play({
        name: `Each mirror host of ${from} runs the daemon`,
        hosts: `${from}:&rbdmirrors`,
        become: true,
        tasks: sender.tasks,
      }),
      play({ name: `${to} knows ${from}`, hosts: `${both}:&mons`, become: true, tasks: link.tasks }),
      play({
        name: `Each mirror host of ${to} runs the daemon`,
        hosts: `${to}:&rbdmirrors`,
        become: true,
        tasks: receiver.tasks,
      }),
      play({
        name: `The daemons of ${to} reach ${from}`,
        hosts: `${to}:&mons`,
        become: true,
        tasks: [mirroringStands(pool, receiver)],
      }),
    ]
  },
})
