import { drVars, failbackPlays, flag, playbook, siteName, z } from 'ceph-playbook'

/**
 * After a forced failover, the site that was lost follows the one that took over; what only it had is kept as copies.
 * With hand_back it then becomes primary again, with nothing lost. See docs/disaster-recovery.md.
 */
export default playbook({
  name: 'Fail back',
  vars: {
    ...drVars,
    loser: siteName.optional().describe('the site whose writes are given up; without it, what diverged is shown'),
    keep: flag.default(true).describe('keep what is given up as copies, which are not mirrored'),
    copy_wait: z.coerce.number().int().positive().default(14_400).describe('seconds that a full copy may take'),
    hand_back: flag.describe('then move the primary role to the loser'),
    ignore_clients: flag.describe('demote under running clients, whose writes then fail'),
  },
  plays: ({ hand_back, ignore_clients, copy_wait, ...rest }) =>
    failbackPlays({ ...rest, handBack: hand_back, ignoreClients: ignore_clients, copyWait: copy_wait }),
})
