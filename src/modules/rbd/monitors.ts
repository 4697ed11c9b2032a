import { z } from 'zod'

import type { Look } from '../../core/look.ts'
import { ceph } from '../ceph/client.ts'

const address = z.object({ type: z.string(), addr: z.string() })

const monMapSchema = z.object({
  fsid: z.string(),
  mons: z.array(
    z.object({
      name: z.string(),
      /** Before Nautilus: `10.0.0.1:6789/0`. */
      addr: z.string().optional(),
      public_addrs: z.object({ addrvec: z.array(address) }).optional(),
    }),
  ),
})

export interface Monitors {
  readonly fsid: string
  /** As `mon host` in ceph.conf has it: `[v2:10.0.0.1:3300,v1:10.0.0.1:6789],…`. */
  readonly monHost: string
}

/** The cluster's id and the addresses of its monitors, as the monitors themselves know them. */
export async function readMonitors(look: Look): Promise<Monitors> {
  const { fsid, mons } = await look.json(ceph`mon dump --format json`, monMapSchema)
  const hosts = mons.map(({ addr = '', public_addrs }) =>
    public_addrs && public_addrs.addrvec.length > 0
      ? `[${public_addrs.addrvec.map(({ type, addr }) => `${type}:${addr}`).join(',')}]`
      : addr.replace(/\/\d+$/, ''),
  )
  return { fsid, monHost: hosts.join(',') }
}
