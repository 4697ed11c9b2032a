/** Guests of libvirt, as playbooks see them: `libvirt.domain`, `libvirt.secret`. */
export { type Domain, domain } from './domain.ts'
export { secret } from './secret.ts'
