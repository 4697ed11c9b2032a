import { z } from 'zod'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { contentArguments, contentChanges, noContent, readContent } from '../shared/content.ts'
import { render } from '../shared/render.ts'
import { hostPath } from '../shared/schema.ts'
import { uuid } from './client.ts'
import { fsidIn } from './fsid.ts'

/** An address of a monitor, as `mon_host` has them. */
export const monAddress = z
  .string()
  .regex(/^(\[v2:\S+:\d+(\/0)?,v1:\S+:\d+(\/0)?\]|[^\s,]+:\d+)$/, 'such as [v2:10.0.0.1:3300,v1:10.0.0.1:6789]')
  .describe('where it is reached: [v2:10.0.0.1:3300,v1:10.0.0.1:6789], before Nautilus 10.0.0.1:6789')

/** A monitor's address at the usual ports: for both protocols, or before Nautilus (`major` 14) the one that there was. */
export function monAddressOf(ip: string, { major }: { readonly major: number }): string {
  const host = ip.includes(':') ? `[${ip}]` : ip
  return major < 14 ? `${host}:6789` : `[v2:${host}:3300,v1:${host}:6789]`
}

const option = z.union([z.string(), z.number(), z.boolean()])
const networks = z.string().regex(/^[0-9a-f.:/, ]+$/i, 'such as 10.0.0.0/24')

/** ceph.conf overrides as ceph-ansible has them: options by section. */
export const confOverrides = z.record(z.string(), z.record(z.string(), option))

/** The configuration file of a cluster. */
export const conf = defineModule({
  name: 'ceph.conf',
  description: 'The configuration file of a cluster, made from the template ceph.conf.hbs.',
  args: z.strictObject({
    dest: hostPath.default('/etc/ceph/ceph.conf').describe('its path on the host'),
    src: z.string().default('ceph.conf.hbs').describe('a template of yours in its stead; it is given `sections`'),
    fsid: uuid.describe('the cluster'),
    monitors: z.array(monAddress).min(1).describe('addresses of the monitors (mon_host)'),
    publicNetwork: networks.optional().describe('network of monitors and clients'),
    clusterNetwork: networks.optional().describe('network between OSDs; default: the public one'),
    overrides: confOverrides
      .default({})
      .describe('further options by section, as ceph_conf_overrides of ceph-ansible; they win'),
    ...contentArguments,
  }),
  absent: { ...noContent, fsid: undefined },
  scope: 'host',

  async read({ dest, src, ...options }, look) {
    const content = render(await look.controllerFile(src), src, { sections: confSections(options) })
    const [state, old] = await Promise.all([readContent(look, dest, content), look.file(dest, { content: true })])
    return { ...state, fsid: fsidIn(old?.content ?? '') }
  },

  plan({ dest, fsid, ...want }, have) {
    if (have.fsid && have.fsid !== fsid)
      throw new TaskFailed({
        summary: `${dest} is of the cluster ${have.fsid}, not of ${fsid}`,
        hint: `is this host in the wrong site of the inventory? If not, remove ${dest} from it and run this again`,
      })
    return contentChanges({ path: dest, ...want }, have)
  },
})

interface Options {
  readonly fsid: string
  readonly monitors: readonly string[]
  readonly publicNetwork?: string | undefined
  readonly clusterNetwork?: string | undefined
  readonly overrides: z.output<typeof confOverrides>
}

interface Section {
  readonly name: string
  readonly options: readonly { readonly name: string; readonly value: string }[]
}

/**
 * The sections of a ceph.conf, `global` first. Ceph takes blanks, dashes and underscores in an option's name for the same,
 * so an override written in any of these ways replaces what we would write. `mon_initial_members` is left out on purpose:
 * a monitor that has not joined yet would found a second cluster if it were named there alone.
 */
export function confSections({ fsid, monitors, publicNetwork, clusterNetwork, overrides }: Options): Section[] {
  const own = {
    fsid,
    mon_host: monitors.join(','),
    ...(publicNetwork === undefined ? {} : { public_network: publicNetwork }),
    ...(clusterNetwork === undefined ? {} : { cluster_network: clusterNetwork }),
  }
  const { global = {}, ...others } = overrides
  const sections = { global: { ...own, ...normalized(global) }, ...others }
  return Object.entries(sections).map(([name, options]) => ({
    name,
    options: Object.entries(normalized(options)).map(([option, value]) => ({ name: option, value: String(value) })),
  }))
}

function normalized(options: Readonly<Record<string, string | number | boolean>>) {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.trim().replace(/[\s-]+/g, '_'), value]),
  )
}
