import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { labDown } from '../../lab/index.ts'
import { drLab, type PairUnderTest, pairUnderTest, succeed, untilHealthy } from './dr-pair.ts'
import { describeLongLab, labMinutes, onConsole } from './support.ts'

const minutes = (number: number) => number * 60_000

const lab = drLab()

describeLongLab('a mirror snapshot that has arrived only in part', lab, () => {
  afterAll(() => labDown(lab.name))

  let pair: PairUnderTest
  const python = (site: 'east' | 'west', script: string) => pair.on(site, `python3 -c '${connected('admin')}${script}'`)

  /** What the blocks of an image begin with. */
  const texts = async (name: string): Promise<string[]> =>
    JSON.parse(
      await python(
        'west',
        `with rbd.Image(ioctx, "${name}", read_only=True) as image:
    print(json.dumps(sorted(set(image.read(block << 22, 2).decode() for block in range(64)))))`,
      ),
    )

  /** Writes 256 MiB and takes a mirror snapshot. */
  const write = (text: string) =>
    python(
      'east',
      `with rbd.Image(ioctx, "half") as image:
    for block in range(64):
        image.write(b"${text}" + os.urandom((1 << 22) - 2), block << 22)
    image.flush()
    image.mirror_image_create_snapshot()`,
    )

  const snapshots = `with rbd.Image(ioctx, "half", read_only=True) as image:
        snaps = [snap["mirror"] for snap in image.list_snaps() if "mirror" in snap]`

  beforeAll(
    async () => {
      pair = await pairUnderTest(lab, 'half')
      const features = '--image-feature layering,exclusive-lock'
      await pair.on(
        'east',
        `rbd create --size 256M ${features} half/half && rbd mirror image enable half/half snapshot`,
      )
      await untilHealthy(pair)
      for (const text of ['V1', 'V2']) {
        await write(text)
        await python(
          'west',
          `while True:
    ${snapshots}
        text = image.read(63 << 22, 2)
    if text == b"${text}" and snaps[-1]["complete"]:
        break
    time.sleep(1)`,
        )
      }
      const daemon = 'ceph-rbd-mirror@rbd-mirror.west'
      const killed = `python3 -c '${connected('rbd-mirror.west')}
while True:
    ${snapshots}
    if not snaps[-1]["complete"] and snaps[-1]["last_copied_object_number"] > 0:
        break
    time.sleep(0.02)' && systemctl kill -s KILL ${daemon}; systemctl stop ${daemon}`
      const onMirror = (script: string) => onConsole(lab.name, 'west-mirror-1', script)
      await onMirror(`cat > /root/catch.sh <<'EOF'\n${killed}\nEOF\nsystemd-run --unit=catch sh /root/catch.sh`)
      await write('V3')
      await onMirror('while systemctl is-active -q catch; do sleep 1; done')
      const last = await python(
        'west',
        `if True:
    ${snapshots}
print(snaps[-1]["complete"])`,
      )
      expect(last).toBe('False')
    },
    minutes(labMinutes + 5),
  )

  const force = ['failover', '--to', 'west', '--force', '--declared', 'east', '--images', 'half'] as const

  test('a forced failover refuses, and offers what can be done', async () => {
    const { code, stdout } = pair.dr(...force)
    expect(stdout).toContain('the newest mirror snapshot has arrived only in part (half)')
    expect(stdout).toContain('-e rescue=true')
    expect(code).toBe(4)
    expect(await pair.primaries('half')).toEqual(['east'])
  })

  test(
    'with --rescue, the last whole state is kept as a copy, since what is promoted is older',
    async () => {
      succeed(pair.dr(...force, '--rescue'))
      const names = (await pair.on('west', `rbd ls ${pair.pool}`)).split('\n')
      const copies = names.filter((name) => name.startsWith('half.rescued-'))
      expect(copies).toHaveLength(1)
      expect(await texts(copies[0] ?? '')).toEqual(['V2'])
      expect(await pair.primaries('half')).toEqual(['east', 'west'])
      const page = await pair.on('west', 'cat "$(ls /var/lib/ceph-playbook/records/*forced-failover.md | tail -n 1)"')
      expect(page).toContain(`| ${copies[0]} |`)
    },
    minutes(15),
  )
})

/** For sh, in single quotes. */
function connected(user: string): string {
  return `import json, os, time
import rados, rbd
cluster = rados.Rados(conffile="", rados_id="${user}")
cluster.connect()
ioctx = cluster.open_ioctx("half")
`
}
