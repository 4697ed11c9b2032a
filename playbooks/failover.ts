import { drVars, flag, forcedFailoverPlays, otherOf, plannedFailoverPlays, playbook, siteName } from 'ceph-playbook'

/**
 * The other site becomes the one that is written at: planned, with nothing lost, or by force, when the site that was
 * written at is gone. See docs/disaster-recovery.md.
 */
export default playbook({
  name: 'Fail over',
  vars: {
    ...drVars,
    to: siteName.describe('the site that is to be written at'),
    force: flag.describe('the other site is lost, and with it what had not arrived'),
    declared: siteName.optional().describe('with force: the lost site, when it cannot be proven to be gone'),
    accept_older: flag.describe('with force: promote images whose newest snapshot has arrived only in part, too'),
    ignore_clients: flag.describe('demote under running clients, whose writes then fail'),
  },
  plays: ({ sites, to, force, accept_older, ignore_clients, declared, ...rest }) => {
    const options = { ...rest, to, from: otherOf(sites, to), ignoreClients: ignore_clients }
    return force
      ? forcedFailoverPlays({ ...options, declared, acceptOlder: accept_older })
      : plannedFailoverPlays(options)
  },
})
