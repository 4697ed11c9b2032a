import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { sh } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { standIn } from '../../core/stand-in.ts'
import { uuid } from './client.ts'

const path = '/etc/ceph/ceph.conf'

/**
 * The identity of the cluster that a host belongs to, kept in its ceph.conf. With `create`, a host that has none gets a
 * new one, once: it stands in a first ceph.conf before anything is built on it, so that a run that was interrupted
 * goes on with the same cluster.
 */
export const fsid = defineModule({
  name: 'ceph.fsid',
  description: 'The fsid of the cluster that a host belongs to, from its ceph.conf, as output; made when asked for.',
  args: z.strictObject({
    create: z.boolean().default(false).describe('give a host that has none a new one'),
    value: uuid.optional().describe('the one it must be; default: any'),
  }),
  absent: undefined,
  scope: 'host',

  async read(_, look): Promise<string | undefined> {
    const conf = await look.file(path, { content: true })
    return fsidIn(conf?.content ?? '')
  },

  *plan({ create, value }, have): Iterable<Change> {
    if (have && value && have !== value)
      throw new TaskFailed({
        summary: `this host belongs to the cluster ${have} by its ${path}, and the inventory says ${value}`,
        hint: 'correct fsid in the inventory, or remove the other cluster from the host first',
      })
    if (have || !create) return
    const command = { ...sh(createScript, path, value ?? ''), display: `write a first ${path}` }
    yield change('identity of a new cluster', command, { from: undefined, to: value ?? 'a new fsid' })
  },

  output: (_, have) => have,
  foresee: ({ create, value }) => (create ? (value ?? standIn('the fsid of the new cluster')) : undefined),
})

/** Never replaces a file: of two runs at the same time, the first one decides. */
const createScript = `set -e
umask 022
id=\${2:-$(cat /proc/sys/kernel/random/uuid)}
mkdir -p "$(dirname "$1")"
new=$(mktemp "$1.XXXXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM
printf '[global]\\nfsid = %s\\n' "$id" > "$new"
chmod 644 "$new"
ln "$new" "$1"`

/** The fsid that the text of a ceph.conf names. */
export function fsidIn(conf: string): string | undefined {
  return /^[ \t]*fsid[ \t]*=[ \t]*([0-9a-f-]{36})\b/m.exec(conf)?.[1]
}
