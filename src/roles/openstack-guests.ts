import { type TaskContext, task } from '../core/task.ts'
import { servers } from '../modules/openstack/servers.ts'
import type { GuestHooks, ImagesOf } from './dr-hooks.ts'

export interface OpenstackGuestsOptions {
  /** The cloud of a site, as `clouds.yaml` names it; one for both where one OpenStack spans the sites. */
  readonly cloud: (site: string) => string
  /** The host that has the `openstack` command line and `clouds.yaml`, by site: it has to outlive the other site. */
  readonly hosts: (site: string) => string
  /** Which user's `clouds.yaml` it is. Default: root's. */
  readonly become?: boolean
  readonly how?: 'shelve' | 'stop'
}

/**
 * Hooks for a failover of the pool behind Cinder: servers that have a volume of the failover attached are shelved at one
 * site, and unshelved at the other. Cinder's images are called `volume-ID`.
 */
export function openstackGuests({ cloud, hosts, become = true, how = 'shelve' }: OpenstackGuestsOptions): GuestHooks {
  const at = (site: string, images: ImagesOf, state: 'stopped' | 'running') => [
    task(
      state === 'stopped' ? 'Take the servers out of the way' : 'Bring the servers back',
      servers((context) => ({ cloud: cloud(site), volumes: volumesOf(images(context)), state, how })),
      { runOnce: true, when: (context: TaskContext) => volumesOf(images(context)).length > 0 },
    ),
  ]
  return {
    hosts,
    become,
    stopGuests: (site, images) => at(site, images, 'stopped'),
    startGuests: (site, images) => at(site, images, 'running'),
  }
}

/** Ids of Cinder's volumes among images. */
export function volumesOf(images: readonly string[]): string[] {
  return images.flatMap((image) => /^volume-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(image)?.[1] ?? [])
}
