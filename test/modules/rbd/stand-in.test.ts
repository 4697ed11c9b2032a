import { expect, test } from '@jest/globals'
import { useFolder } from '../support/folder.ts'
import { rados, runBatch } from './bindings.ts'

const inFolder = useFolder()

/** Stands in for Ceph's bindings: primaries with and without locks, and images that are called as canaries. */
const bindings = {
  'rados.py': rados(`
class Operation:
    def __enter__(self): return self
    def __exit__(self, *_): pass
ReadOpCtx = Operation
class Ioctx:
    def get_omap_vals_by_keys(self, operation, keys): return [('features', b'\\x01' + b'\\0' * 7)], 0
    def operate_read_op(self, operation, name): pass`),
  'rbd.py': `
RBD_FEATURE_LAYERING, RBD_FEATURE_EXCLUSIVE_LOCK, RBD_FEATURE_OBJECT_MAP, RBD_FEATURE_FAST_DIFF = 1, 4, 8, 16
RBD_LOCK_MODE_EXCLUSIVE = 0
class Error(Exception): pass
class ImageNotFound(Error): pass
SIZES = {'plain': 4096, 'locked': 4096, 'canary.east': 1 << 20, 'canary.bird': 1 << 30}
USED = {'plain': 4 << 30, 'locked': 6 << 30}
class RBD:
    def list(self, ioctx): return list(SIZES)
    def mirror_mode_get(self, ioctx): return 1
    def remove(self, ioctx, name): raise ImageNotFound(name)
    def rename(self, ioctx, old, new): pass
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
    def id(self): return 'id-' + self.name
    def copy(self, ioctx, name, features): pass
    def diff_iterate(self, start, length, since, found, include_parent, whole_object):
        found(0, USED[self.name], True)
        found(USED[self.name], 1 << 40, False)
`,
}

const run = (request: object) => runBatch(inFolder(), bindings, { deadline: 5, ...request })

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

test('copies are made where there is room for all of them, and none where they would fill the cluster', () => {
  const keep = (...names: string[]) =>
    run({ op: 'keep', images: names.map((name) => ({ name, id: `id-${name}`, copy: `${name}.diverged` })) })
  const { status, stdout, stderr } = keep('locked')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('vms/locked kept as locked.diverged')
  expect(keep('locked', 'plain')).toEqual({
    status: 1,
    stdout: '',
    stderr:
      '2 images have 10.0 GiB, and pool vms has room for 10.0 GiB: nothing was copied, since a full cluster takes no writes any more\n',
  })
})
