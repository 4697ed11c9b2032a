/** OpenStack, as playbooks see it: `openstack.servers`. */
export { type Server, servers } from './servers.ts'
