import { type Play, play } from '../core/playbook.ts'
import { handler, type Task, task } from '../core/task.ts'
import { copy } from '../modules/copy.ts'
import { directory } from '../modules/directory.ts'
import { file } from '../modules/file.ts'
import { canaryScript } from '../modules/rbd/canary-script.ts'
import { image } from '../modules/rbd/image.ts'
import { mirrorImage } from '../modules/rbd/mirror-image.ts'
import { canaryPrefix, canarySize, type PoolSpec } from '../modules/rbd/names.ts'
import { systemd } from '../modules/systemd.ts'
import { onAdmin } from './mirror-site.ts'

export interface CanaryOptions {
  readonly pool: string
  readonly namespace?: string | undefined
  readonly sites: readonly [string, string]
  /** Seconds from one stamp to the next. */
  readonly interval: number
  readonly state: 'present' | 'absent'
}

/**
 * Canaries of a pool: at each site a tiny image that is mirrored to the other, and a service on the site's admin host that
 * writes the time into it. `dr status` and the record of a forced failover then tell seconds, in journal mode too.
 */
export function canaryPlays(options: CanaryOptions): Play[] {
  const { pool, namespace, sites, state } = options
  return sites.map((site) =>
    play({
      name: state === 'present' ? `A canary of ${pool} flies at ${site}` : `No canary of ${pool} at ${site}`,
      hosts: `${site}:&mons`,
      become: true,
      tasks: (state === 'present' ? flying : gone)({ ...options, site, spec: { pool, namespace } }),
    }),
  )
}

interface CanaryAt extends CanaryOptions {
  readonly site: string
  readonly spec: PoolSpec
}

const scriptPath = '/usr/local/lib/ceph-playbook/canary.py'
const when = { when: onAdmin }

function unitOf({ pool, namespace }: PoolSpec): string {
  const name = [pool, namespace].flatMap((part) => part ?? []).join('.')
  return `ceph-playbook-canary-${name.replaceAll(/[^\w.-]/g, '_')}.service`
}

function flying(canary: CanaryAt): Task[] {
  const { spec, site } = canary
  const unit = unitOf(canary)
  const restart = handler('Start it anew', systemd({ unit, state: 'restarted', daemonReload: true }), when)
  const name = `${canaryPrefix}${site}`
  return [
    task('Make its image', image({ ...spec, image: name, size: canarySize, features: ['exclusive-lock'] }), when),
    task('Mirror it by its journal', mirrorImage({ ...spec, image: name, mode: 'journal' }), when),
    task('Have a folder for the script', directory({ path: '/usr/local/lib/ceph-playbook', mode: '0755' }), when),
    task('Write the script', copy({ dest: scriptPath, content: canaryScript, mode: '0755' }), {
      ...when,
      notify: restart,
    }),
    task('Write the unit', copy({ dest: `/etc/systemd/system/${unit}`, content: unitText(canary), mode: '0644' }), {
      ...when,
      notify: restart,
    }),
    task('Let it run, now and at boot', systemd({ unit, state: 'started', enabled: true }), when),
  ]
}

function gone(canary: CanaryAt): Task[] {
  const { spec, site } = canary
  const name = `${canaryPrefix}${site}`
  return [
    ...endCanary(spec),
    task('Mirror its image no longer', mirrorImage({ ...spec, image: name, mode: 'disabled' }), when),
    task('Remove its image', image({ ...spec, image: name, state: 'absent' }), when),
  ]
}

/** Nothing writes into the canary of a site any more; its image stays. For plays on `mons`. */
export function endCanary(spec: PoolSpec): Task[] {
  const unit = unitOf(spec)
  return [
    task('End the canary', systemd({ unit, state: 'stopped', enabled: false }), when),
    task('Remove its unit', file({ path: `/etc/systemd/system/${unit}`, state: 'absent' }), when),
  ]
}

/** Removes canaries and their copies once nothing mirrors them any more. For plays on `mons`. */
export function removeCanaryImages(spec: PoolSpec, sites: readonly string[]): Task[] {
  return sites.map((site) =>
    task(`Remove the canary of ${site}`, image({ ...spec, image: `${canaryPrefix}${site}`, state: 'absent' }), when),
  )
}

function unitText({ pool, namespace, site, interval }: CanaryAt): string {
  const words = [pool, namespace ?? '', `${canaryPrefix}${site}`, String(interval)]
  return `[Unit]
Description=Canary of the mirrored pool ${pool}: the time, written every ${interval} s
After=network-online.target

[Service]
ExecStart=/usr/bin/env python3 ${scriptPath} ${words.map((word) => `"${word}"`).join(' ')}
Restart=always
RestartSec=10
Nice=10

[Install]
WantedBy=multi-user.target
`
}
