import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd, sh } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { Secret, secretText } from '../../core/secret.ts'
import { secretStandIn } from '../../core/stand-in.ts'
import { uuid, word } from './client.ts'
import { monAddress } from './conf.ts'

const stores = '/var/lib/ceph/mon'

const monitor = z.strictObject({
  id: word.describe('its name, by custom the short name of its host'),
  address: monAddress,
})

interface Have {
  /** Key that all monitors of the cluster share; undefined when the monitor has no store yet. */
  readonly key: Secret | undefined
  /** Ids of other monitors on the host. */
  readonly others: readonly string[]
}

/**
 * The store of a monitor; its daemon is a unit, `ceph-mon@ID`. Without `quorum` and `key` it founds a cluster, whose
 * key is made on the host. With them it is one that joins when it is started.
 */
export const mon = defineModule({
  name: 'ceph.mon',
  description: "The store of a monitor, of a new cluster or one that joins; the monitors' shared key is the output.",
  args: z
    .strictObject({
      ...monitor.shape,
      fsid: uuid.describe('the cluster'),
      quorum: z.array(monitor).min(1).optional().describe('monitors that stand, to join them'),
      key: z.instanceof(Secret).optional().describe('key that the monitors share, to join them'),
    })
    .refine(({ quorum, key }) => (quorum === undefined) === (key === undefined), 'quorum and key go together'),
  absent: { key: undefined, others: [] },

  async read({ id }, look): Promise<Have> {
    const [keyring, listing] = await Promise.all([
      look.text({ ...cmd`cat ${stores}/ceph-${id}/keyring`, sensitive: true }, { absent: [1] }),
      look.text({ ...sh(`ls -d ${stores}/ceph-*/keyring 2> /dev/null || true`), display: 'list monitors' }),
    ])
    const key = /^\s*key\s*=\s*(\S+)/m.exec(keyring ?? '')?.[1]
    const ids = [...listing.matchAll(/\/ceph-([^/]+)\/keyring$/gm)].flatMap(([, found]) => found ?? [])
    return { key: key === undefined ? undefined : new Secret(key), others: ids.filter((other) => other !== id) }
  },

  *plan({ id, address, fsid, quorum = [], key }, have): Iterable<Change> {
    if (have.key) return
    if (have.others.length > 0)
      throw new TaskFailed({
        summary: `monitor ${have.others.join(', ')} is on this host already, and the inventory calls it ${id}`,
        hint: `set monitor_name: ${have.others[0]} for the host in the inventory`,
      })
    const members = [...quorum, { id, address }].flatMap((member) => inMonmap(member))
    const command = {
      ...sh(mkfsScript, stores, id, fsid, ...members),
      stdin: key ? secretText`[mon.]\n\tkey = ${key}\n\tcaps mon = "allow *"\n` : '',
      display: `ceph-mon --mkfs --id ${id}`,
    }
    yield change(quorum.length > 0 ? `monitor ${id} of cluster ${fsid}` : `cluster ${fsid}, monitor ${id}`, command)
  },

  output: (_, { key }) => (key ? { key } : undefined),
  foresee: ({ key }) => ({ key: key ?? secretStandIn('the key that the monitors share') }),
})

/** Both protocols where the address names both, as since Nautilus. */
function inMonmap({ id, address }: z.output<typeof monitor>): string[] {
  return [address.startsWith('[v') ? '--addv' : '--add', id, address]
}

/**
 * The store gets its name only when it is whole: `ceph-mon --mkfs` takes any folder that is not empty for a monitor, so
 * one that was interrupted half-way could never be mended by running it again.
 */
const mkfsScript = `set -e
umask 077
stores=$1 id=$2 fsid=$3
shift 3
exec 9< "$stores"
flock 9
[ ! -e "$stores/ceph-$id/keyring" ] || exit 0
rm -rf "$stores"/.new-*
new=$(mktemp -d "$stores/.new-XXXXXX")
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
cat > "$new/keyring"
[ -s "$new/keyring" ] || ceph-authtool "$new/keyring" --create-keyring --gen-key -n mon. --cap mon 'allow *' > /dev/null
monmaptool --create --fsid "$fsid" "$@" "$new/monmap" > /dev/null
mkdir "$new/store"
chown -R ceph:ceph "$new"
ceph-mon --mkfs --id "$id" --monmap "$new/monmap" --keyring "$new/keyring" --mon-data "$new/store" \\
  --setuser ceph --setgroup ceph
mv -T "$new/store" "$stores/ceph-$id"`
