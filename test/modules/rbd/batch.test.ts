import { expect, test } from '@jest/globals'
import { useFolder } from '../support/folder.ts'
import { rados, runBatch } from './bindings.ts'

const inFolder = useFolder()

/** Stands in for Ceph's bindings: one image, whose copy is asked for anew; `answers` are raised one after the other. */
const bindings = (answers: readonly string[]) => ({
  'rados.py': rados('class Ioctx: pass'),
  'rbd.py': `
RBD_FEATURE_LAYERING, RBD_FEATURE_EXCLUSIVE_LOCK, RBD_FEATURE_OBJECT_MAP, RBD_FEATURE_FAST_DIFF = 1, 4, 8, 16
class Error(Exception):
    def __init__(self, message, errno=None):
        Exception.__init__(self, message)
        self.errno = errno
class ImageNotFound(Error): pass
answers = [${answers.join(', ')}]
class Image:
    def __init__(self, ioctx, name): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def id(self): return 'a1'
    def mirror_image_get_info(self): return {'primary': False}
    def mirror_image_resync(self):
        if answers: raise answers.pop(0)
`,
})

function resync(answers: readonly string[], deadline = 20) {
  return runBatch(inFolder(), bindings(answers), { op: 'resync', images: [{ name: 'vm-1', id: 'a1' }], deadline })
}

const timeout = `Error('[errno 110] RBD operation timeout (error requesting resync)', 110)`

test('what a busy daemon does not answer is asked again', () => {
  const { status, stdout, stderr } = resync([timeout, `Error('[errno 16] RBD image is busy', 16)`])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^vms\/vm-1 is copied anew \(\d\.\d s\)\n$/)
})

test('asking again ends with the time that an image has, and tells the last answer', () => {
  const { status, stdout, stderr } = resync(Array<string>(9).fill(timeout), 3)
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'vms/vm-1: [errno 110] RBD operation timeout (error requesting resync)\n',
  })
})

test('what will not change by waiting is told at once', () => {
  const { status, stderr } = resync([`Error('[errno 22] RBD invalid argument', 22)`])
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'vms/vm-1: [errno 22] RBD invalid argument\n' })
})
