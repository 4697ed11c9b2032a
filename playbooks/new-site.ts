import {
  cephAdmin,
  cephMgr,
  cephMon,
  cephOsd,
  cephPackages,
  cephSettled,
  clusterConf,
  clusterIdentity,
  play,
  playbook,
  z,
} from 'ceph-playbook'

/** Bare hosts become a running Ceph cluster; hosts that are new in a site join the cluster that it has. */
export default playbook({
  name: 'Build a site',
  vars: { site: z.string().optional().describe('only this site; default: every site of the inventory') },
  plays: ({ site }) => {
    const at = (groups: string) => (site === undefined ? groups : `${groups}:&${site}`)
    const onHosts = { become: true }
    return [
      play({ name: 'Every host has its packages', hosts: at('mons:mgrs:osds'), ...onHosts, tasks: [cephPackages()] }),
      play({ name: 'The site is one cluster', hosts: at('mons'), ...onHosts, tasks: [clusterIdentity()] }),
      play({ name: 'Every host knows it', hosts: at('mons:mgrs:osds'), ...onHosts, tasks: [clusterConf()] }),
      play({ name: 'Monitors form a quorum', hosts: at('mons'), ...onHosts, tasks: [cephMon()] }),
      play({ name: 'The administrator has a key', hosts: at('mons'), ...onHosts, tasks: [cephAdmin()] }),
      play({ name: 'Managers run', hosts: at('mgrs'), ...onHosts, tasks: [cephMgr()] }),
      play({ name: 'OSDs are up', hosts: at('osds'), ...onHosts, tasks: [cephOsd()] }),
      play({ name: 'The cluster is settled', hosts: at('mons'), ...onHosts, tasks: [cephSettled()] }),
    ]
  },
})
