import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { sh } from '../../core/command.ts'
import { sha256 } from '../../core/files.ts'
import { defineModule } from '../../core/module.ts'
import { isOpen, standIn } from '../../core/stand-in.ts'
import { uuid, word } from './client.ts'
import { bootstrapKeyring, type OsdUnit, readOsd, startOsd, toOutput } from './osd-state.ts'

const folder = '/var/lib/ceph/osd'

/**
 * OSDs that keep their data in sparse files, as large as `bluestore_block_size` in ceph.conf says: for labs and trials,
 * where there is no disk to give away. Their UUIDs are derived from cluster, host and number, so a run that was
 * interrupted finds its OSDs again.
 */
export const osdFile = defineModule({
  name: 'ceph.osdFile',
  description: 'OSDs that keep their data in sparse files: for labs and trials, where there is no disk to give away.',
  args: z.strictObject({
    fsid: uuid.describe('the cluster'),
    host: word.describe('name of the host; with a number it tells the OSDs of a cluster apart'),
    count: z.int().min(0).default(1).describe('how many on the host; more than that are left as they are'),
  }),
  absent: [],

  async read(_, look): Promise<readonly OsdUnit[]> {
    const found = parseListing(await look.text(listing))
    return Promise.all(found.map((osd) => readOsd(look, osd)))
  },

  *plan({ fsid, host, count }, have): Iterable<Change> {
    for (const id of wantedUuids(fsid, host, count)) {
      const osd = have.find((candidate) => candidate.uuid === id)
      if (osd) yield* startOsd(osd)
      else yield creation(isOpen(fsid) ? standIn('its UUID, made from the fsid', id) : id)
    }
  },

  output: ({ fsid, host, count }, have) => {
    const wanted = wantedUuids(fsid, host, count)
    return toOutput(have.filter((osd) => wanted.includes(osd.uuid)))
  },
})

function creation(id: string): Change {
  const command = { ...sh(createScript, folder, id, bootstrapKeyring), display: `ceph osd new ${id}` }
  return change(`OSD on a file, ${id}`, command, undefined, {
    hint: 'if the cluster knows this OSD by another key, the host was made anew: ceph osd tree, then ceph osd purge ID',
  })
}

/** UUIDs of version 8 (RFC 9562): ours to derive as we like. */
function wantedUuids(fsid: string, host: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const hash = sha256(`${fsid} ${host} ${index}`)
    return [
      hash.slice(0, 8),
      hash.slice(8, 12),
      `8${hash.slice(13, 16)}`,
      `8${hash.slice(17, 20)}`,
      hash.slice(20, 32),
    ].join('-')
  })
}

const listing = {
  ...sh(`for osd in ${folder}/ceph-*; do
  [ ! -e "$osd/whoami" ] || echo "$(cat "$osd/whoami") $(cat "$osd/fsid")"
done`),
  display: 'list OSDs',
}

function parseListing(text: string): { id: number; uuid: string }[] {
  return [...text.matchAll(/^(\d+) (\S+)$/gm)].map(([, id, found]) => ({ id: Number(id), uuid: found ?? '' }))
}

/**
 * Can be run again wherever it was interrupted: the key stands on the disk before the cluster hears of it, the cluster
 * answers \`osd new\` for the same UUID and key with the same id, and the folder gets its name only when it is whole. The
 * key is never an argument: \`printf\` is the shell's own.
 */
const createScript = `set -e
umask 077
folder=$1 uuid=$2 bootstrap=$3
exec 9< "$folder"
flock 9
for osd in "$folder"/ceph-*; do
  [ "$(cat "$osd/fsid" 2> /dev/null)" != "$uuid" ] || exit 0
done
new=$folder/.new-$uuid
mkdir -p "$new"
keep_key() {
  printf '[osd.%s]\\n\\tkey = %s\\n' "$1" "$2" > "$new/keyring.part"
  mv "$new/keyring.part" "$new/keyring"
}
[ -s "$new/keyring" ] || keep_key new "$(ceph-authtool --gen-print-key)"
key=$(sed -n 's/^\\tkey = //p' "$new/keyring")
id=$(printf '{"cephx_secret":"%s"}' "$key" |
  ceph --connect-timeout 15 --name client.bootstrap-osd --keyring "$bootstrap" osd new "$uuid" -i -)
keep_key "$id" "$key"
find "$new" -mindepth 1 ! -name keyring -delete
chown -R ceph:ceph "$new"
ceph-osd --id "$id" --mkfs --osd-uuid "$uuid" --osd-data "$new" --setuser ceph --setgroup ceph
mv -T "$new" "$folder/ceph-$id"
systemctl enable --now "ceph-osd@$id"`
