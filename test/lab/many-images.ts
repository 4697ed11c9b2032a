import type { PairUnderTest, Site } from './dr-pair.ts'

/** Many small images of a pool, named `PREFIX` + mode + number: made, and read, over one connection. */
export function manyImages({ on, pool }: Pick<PairUnderTest, 'on' | 'pool'>, prefix: string) {
  const python = (site: Site, script: string) => on(site, `python3 - <<'EOF'\n${connected(pool)}${script}\nEOF`)
  return {
    create: (site: Site, mode: 'journal' | 'snapshot', count: number) =>
      python(
        site,
        `have = set(rbd.RBD().list(ioctx))
mode, journaling = (rbd.RBD_MIRROR_IMAGE_MODE_JOURNAL, 64) if '${mode}' == 'journal' else (rbd.RBD_MIRROR_IMAGE_MODE_SNAPSHOT, 0)
for number in range(${count}):
    name = '${prefix}${mode}-%04d' % number
    if name not in have:
        rbd.RBD().create(ioctx, name, 1 << 20, order=16, features=5 | journaling)
        with rbd.Image(ioctx, name) as image:
            image.write(name.encode() + b'\\n', 0)
            image.mirror_image_enable(mode)`,
      ),
    /** By name, without copies that are kept of what diverged: a checksum. */
    contents: async (site: Site): Promise<Record<string, string>> =>
      JSON.parse(
        await python(
          site,
          `found = {}
for name in rbd.RBD().list(ioctx):
    if name.startswith('${prefix}') and '.diverged-' not in name:
        with rbd.Image(ioctx, name, read_only=True) as image:
            found[name] = hashlib.sha256(image.read(0, image.size())).hexdigest()
json.dump(found, sys.stdout)`,
        ),
      ),
  }
}

/** A client that goes on counting into the beginning of images, some each second; for sh, in single quotes. */
export function writer(pool: string, prefix: string): string {
  return `${connected(pool)}
images = [rbd.Image(ioctx, name) for name in rbd.RBD().list(ioctx) if name.startswith("${prefix}")]
number = 0
while True:
    number += 1
    for image in images:
        image.write(b"%08d" % number, 0)
        image.flush()
    print("round", number, flush=True)
    time.sleep(0.3)`
}

function connected(pool: string): string {
  return `import hashlib, json, sys, time
import rados, rbd
cluster = rados.Rados(conffile="", rados_id="admin")
cluster.connect()
ioctx = cluster.open_ioctx("${pool}")
`
}
