import { failoverPlaybook } from 'ceph-playbook'

/**
 * The other site becomes the one that is written at: planned, with nothing lost, or by force, when the site that was
 * written at is gone. See docs/disaster-recovery.md, also for its variables, and for hooks that move guests along.
 */
export default failoverPlaybook()
