import { failbackPlaybook } from 'ceph-playbook'

/**
 * After a forced failover, the site that was lost follows the one that took over; what only it had is kept as copies.
 * With hand_back it then becomes primary again, with nothing lost. See docs/disaster-recovery.md, also for hooks.
 */
export default failbackPlaybook()
