import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'
import { hostPath } from '../shared/schema.ts'
import { uuid } from './client.ts'
import { type OsdUnit, readOsd, startOsd, toOutput } from './osd-state.ts'

/** `ceph-volume lvm list --format json`, from Luminous 12.2.8 to Squid: volumes by the id of the OSD. */
const volumes = z.record(
  z.string(),
  z.array(
    z.looseObject({
      devices: z.array(z.string()).default([]),
      tags: z.looseObject({
        'ceph.cluster_fsid': z.string(),
        'ceph.osd_fsid': z.string(),
        'ceph.osd_id': z.string(),
      }),
    }),
  ),
)

interface Have {
  /** The devices asked for, by the names that the kernel gives them now. */
  readonly resolved: ReadonlyMap<string, string>
  /** OSDs of the host by device. */
  readonly byDevice: ReadonlyMap<string, OsdUnit & { readonly fsid: string }>
}

/** OSDs on whole devices. Devices that hold anything else are never touched: `ceph-volume` refuses them. */
export const osd = defineModule({
  name: 'ceph.osd',
  description: 'OSDs on whole devices, made by ceph-volume.',
  args: z.strictObject({
    fsid: uuid.describe('the cluster'),
    devices: z.array(hostPath).min(1).describe('empty devices, one OSD each: /dev/disk/by-id/…'),
    encrypted: z.boolean().default(false).describe('encrypt what is written (dmcrypt)'),
  }),
  absent: { resolved: new Map(), byDevice: new Map() },

  async read({ devices }, look): Promise<Have> {
    const [names, found] = await Promise.all([
      Promise.all(devices.map((device) => look.text(cmd`readlink -f ${device}`))),
      look.json(cmd`ceph-volume lvm list --format json`, volumes),
    ])
    const resolved = new Map(devices.map((device, index) => [device, names[index]?.trim() || device]))
    return { resolved, byDevice: await byDevice(look, found, [...resolved.values()]) }
  },

  *plan({ fsid, devices, encrypted }, { resolved, byDevice }): Iterable<Change> {
    for (const device of devices) {
      const found = byDevice.get(resolved.get(device) ?? device)
      if (!found) {
        const dmcrypt = encrypted ? ['--dmcrypt'] : []
        const command = cmd`ceph-volume lvm create --bluestore ${dmcrypt} --data ${device}`
        yield change(`OSD on ${device}`, command, undefined, { hint: zapHint(device) })
      } else if (found.fsid !== fsid)
        throw new TaskFailed({
          summary: `${device} holds osd.${found.id} of another cluster, ${found.fsid}`,
          hint: zapHint(device),
        })
      else yield* startOsd(found, cmd`ceph-volume lvm activate --bluestore ${found.id} ${found.uuid}`)
    }
  },

  output: ({ devices }, { resolved, byDevice }) =>
    toOutput(devices.flatMap((device) => byDevice.get(resolved.get(device) ?? device) ?? [])),
})

async function byDevice(look: Look, found: z.output<typeof volumes>, devices: readonly string[]) {
  const ours = Object.values(found)
    .flat()
    .flatMap(({ devices: on, tags }) => on.map((device) => ({ device, tags })))
    .filter(({ device }) => devices.includes(device))
  const osds = await Promise.all(
    ours.map(async ({ device, tags }) => {
      const unit = await readOsd(look, { id: Number(tags['ceph.osd_id']), uuid: tags['ceph.osd_fsid'] })
      return [device, { ...unit, fsid: tags['ceph.cluster_fsid'] }] as const
    }),
  )
  return new Map(osds)
}

function zapHint(device: string): string {
  return `is it the right device, and empty? This destroys what is on it: ceph-volume lvm zap --destroy ${device}`
}
