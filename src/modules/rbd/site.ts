import { z } from 'zod'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { type Monitors, readMonitors } from './monitors.ts'
import { octopus, readRelease } from './release.ts'

export interface Site extends Monitors {
  /** The text of its ceph.conf. */
  readonly conf: string
  /** Ceph's major version there: 12 is Luminous, 16 Pacific. */
  readonly release: number
}

const path = '/etc/ceph/ceph.conf'

/** What other hosts have to know of a cluster to be its clients: looked at on one of its monitors; changes nothing. */
export const site = defineModule({
  name: 'rbd.site',
  description:
    'Looks at a cluster from a host that administers it: fsid, monitors, release and the text of its ceph.conf.',
  args: z.strictObject({}).prefault({}),
  absent: { fsid: '', monHost: '', conf: undefined as string | undefined, release: octopus },

  async read(_, look) {
    const [monitors, release, file] = await Promise.all([
      readMonitors(look),
      readRelease(look),
      look.file(path, { content: true }),
    ])
    if (file?.content === undefined)
      throw new TaskFailed({
        summary: `there is no ${path} to give to the hosts that mirror`,
        hint: 'is this host the first in "mons" of its site, and does it administer the cluster?',
      })
    return { ...monitors, release, conf: file.content }
  },

  plan: () => [],
  output: (_, { conf, ...rest }): Site | undefined => (conf === undefined ? undefined : { ...rest, conf }),
})
