import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { batchScript } from '../../../src/modules/rbd/batch/script.ts'
import { useFolder } from '../support/folder.ts'

const inFolder = useFolder()

/** Stands in for Ceph's bindings: primaries with and without locks, and images that are called as canaries. */
const bindings = {
  'rados.py': `
class Error(Exception): pass
class ObjectNotFound(Error): pass
class Operation:
    def __enter__(self): return self
    def __exit__(self, *_): pass
ReadOpCtx = Operation
class Ioctx:
    def get_omap_vals_by_keys(self, operation, keys): return [('features', b'\\x01' + b'\\0' * 7)], 0
    def operate_read_op(self, operation, name): pass
class Rados:
    def __init__(self, **_): pass
    def conf_parse_env(self): pass
    def conf_set(self, *_): pass
    def connect(self, **_): pass
    def open_ioctx(self, pool): return Ioctx()
    def get_instance_id(self): return 1
    def mon_command(self, *_, **__): return 1, b'', ''
`,
  'rbd.py': `
RBD_FEATURE_LAYERING, RBD_FEATURE_EXCLUSIVE_LOCK, RBD_FEATURE_OBJECT_MAP, RBD_FEATURE_FAST_DIFF = 1, 4, 8, 16
RBD_LOCK_MODE_EXCLUSIVE = 0
class Error(Exception): pass
class ImageNotFound(Error): pass
SIZES = {'plain': 4096, 'locked': 4096, 'canary.east': 1 << 20, 'canary.bird': 1 << 30}
class RBD:
    def list2(self, ioctx): return [{'id': 'id-' + name, 'name': name} for name in SIZES]
    def mirror_image_info_list(self, ioctx):
        return [('id-' + name, {'mode': 1, 'global_id': 'g-' + name, 'primary': True}) for name in SIZES]
class Image:
    def __init__(self, ioctx, name, read_only=False): self.name, self.data, self.locked = name, b'x' * 512, False
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def mirror_image_get_info(self): return {'primary': True}
    def watchers_list(self): return []
    def size(self): return SIZES[self.name]
    def features(self): return 4 if self.name == 'locked' else 1
    def lock_acquire(self, mode):
        if not self.features() & 4: raise Error('[errno 22] RBD invalid argument (error acquiring lock)')
        self.locked = True
    def lock_release(self): self.locked = False
    def read(self, at, length): return self.data[at:at + length]
    def write(self, data, at):
        if self.features() & 4 and not self.locked: raise Error('written without the lock')
        self.data = data
    def flush(self): pass
`,
}

function run(request: object) {
  mkdirSync(inFolder(), { recursive: true })
  for (const [name, text] of Object.entries(bindings)) writeFileSync(inFolder(name), text)
  const { status, stdout, stderr } = spawnSync('python3', ['-c', batchScript], {
    encoding: 'utf8',
    input: JSON.stringify({ pool: 'vms', deadline: 5, ...request }),
    env: { PATH: process.env.PATH, PYTHONPATH: inFolder(), PYTHONDONTWRITEBYTECODE: '1' },
  })
  return { status, stdout, stderr }
}

test('an image is proven under its lock; one that cannot be locked, mirrored by snapshots, is proven, too', () => {
  const { status, stdout, stderr } = run({ op: 'prove', images: ['locked', 'plain'] })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.split('\n').slice(0, 2).sort()).toEqual([
    expect.stringMatching(/^vms\/locked written and read back/),
    expect.stringMatching(/^vms\/plain written and read back/),
  ])
})

test('a canary is known by its size, too: a larger image of such a name is moved as any other', () => {
  const { images, canaries } = JSON.parse(run({ op: 'look', images: [] }).stdout)
  expect(canaries.map(({ name }: { name: string }) => name)).toEqual(['canary.east'])
  expect(images.map(({ name }: { name: string }) => name)).toEqual(['canary.bird', 'locked', 'plain'])
})
