import { drillPlays, drVars, playbook, siteName, z } from 'ceph-playbook'

/**
 * Tries whether a site could take over, without disturbing anything: its copies are cloned, written, checked, and all of
 * that is removed again. The record it leaves is the evidence. See docs/disaster-recovery.md.
 */
export default playbook({
  name: 'Disaster recovery drill',
  vars: {
    ...drVars,
    at: siteName.describe('the site whose copies are tried'),
    check_command: z.string().optional().describe('line for sh, run there for each clone, which is $IMAGE'),
  },
  plays: ({ check_command, ...rest }) => drillPlays({ ...rest, checkCommand: check_command }),
})
