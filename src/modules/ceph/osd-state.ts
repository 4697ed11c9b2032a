import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { type Command, cmd, sh } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'

/** What later tasks may use of an OSD; `until` waits for `active`. */
export interface Osd {
  readonly id: number
  readonly uuid: string
  /** What the daemon says of itself: `active` is up, `booting` on the way; `down` does not answer. */
  readonly state: string
}

/** An OSD of the host with its unit. */
export interface OsdUnit extends Osd {
  readonly enabled: boolean
  readonly running: boolean
}

export const bootstrapKeyring = '/var/lib/ceph/bootstrap-osd/ceph.keyring'

const daemonStatus = z.looseObject({ state: z.string() })

/** How the unit and the daemon of an OSD stand. A daemon that has just been started has no `status` command yet. */
export async function readOsd(look: Look, osd: Pick<Osd, 'id' | 'uuid'>): Promise<OsdUnit> {
  const unit = `ceph-osd@${osd.id}`
  const [enabled, active, status] = await Promise.all([
    look.run(cmd`systemctl is-enabled ${unit}`),
    look.run(cmd`systemctl is-active ${unit}`),
    look.json(cmd`ceph daemon osd.${osd.id} status`, daemonStatus, { absent: [1, 2, 22] }),
  ])
  return {
    ...osd,
    enabled: /^enabled/.test(enabled.stdout),
    running: active.stdout.trim() === 'active',
    state: status?.state ?? 'down',
  }
}

/** Starts an OSD and lets it start with the host. */
export function* startOsd({ id, enabled, running }: OsdUnit, command: Command = enableNow(id)): Iterable<Change> {
  if (enabled && running) return
  yield change(`start osd.${id}`, command, { from: running ? 'not enabled' : 'stopped', to: 'running' })
}

/** A unit that failed three times is not started again before it is told that this is forgiven. */
function enableNow(id: number) {
  return {
    ...sh('systemctl reset-failed "$1" 2> /dev/null; systemctl enable --now "$1"', `ceph-osd@${id}`),
    display: `systemctl enable --now ceph-osd@${id}`,
  }
}

export function toOutput(osds: readonly OsdUnit[]): readonly Osd[] {
  return osds.map(({ id, uuid, state }) => ({ id, uuid, state }))
}
