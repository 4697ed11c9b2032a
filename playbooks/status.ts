import { drVars, playbook, statusPlays } from 'ceph-playbook'

/** Looks at both sites and changes nothing; `playbook dr status` runs it and shows what it found as a table. */
export default playbook({
  name: 'How the pair stands',
  vars: { pool: drVars.pool, namespace: drVars.namespace, sites: drVars.sites },
  plays: (vars) => statusPlays(vars).plays,
})
