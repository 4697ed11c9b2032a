import { expect, test } from '@jest/globals'
import { useFolder } from '../support/folder.ts'
import { rados, runBatch } from './bindings.ts'

const inFolder = useFolder()

const there = text('9daf1d8c-48ef-4699-b651-b5cb92db3c3c')
const nobody = text('<orphan>')
const here = text('')

/** A client of a journal, as 16.2.15 stores it: with the tags of the newest entries that it is done with. */
function client(...tags: number[]): string {
  const positions = tags.map((number) => `010118000000${hex(0, 8)}${hex(number, 8)}${hex(1, 8)}`)
  const position = hex(tags.length, 4) + positions.join('')
  const body = `${text('')}${hex(3, 4)}020100${`0101${hex(position.length / 2, 4)}${position}`}00`
  return `0101${hex(body.length / 2, 4)}${body}`
}

/** A tag as 16.2.15 stores it: its number and class, its owner and what came before. */
function tag(number: number, owner: string, before: string, valid: number, tagNumber: number, entry: number): string {
  const data = owner + before + hex(valid, 1) + hex(tagNumber, 8) + hex(entry, 8)
  const body = hex(number, 8) + hex(0, 8) + hex(data.length / 2, 4) + data
  return `0101${hex(body.length / 2, 4)}${body}`
}

function text(content: string): string {
  return `${hex(content.length, 4)}${Buffer.from(content).toString('hex')}`
}

function hex(value: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(value, 0, Math.min(bytes, 6))
  return buffer.toString('hex')
}

const firstCopy = [tag(0, there, here, 0, 0, 0), tag(1, there, there, 0, 0, 0)]
const journals = {
  follows: firstCopy,
  heard: [...firstCopy, tag(2, nobody, there, 1, 1, 3)],
  promoted: [...firstCopy, tag(2, nobody, there, 1, 1, 3), tag(3, here, nobody, 1, 2, 1)],
  demoted: [tag(1, nobody, there, 1, 1, 3), tag(2, here, nobody, 1, 2, 1), tag(3, nobody, here, 1, 3, 0)],
  untold: [tag(2, here, nobody, 1, 2, 1), tag(3, nobody, here, 1, 3, 0)],
  busy: [
    ...Array.from({ length: 250 }, (_, number) => tag(number, here, here, 1, 0, 0)),
    tag(250, nobody, here, 1, 249, 7),
  ],
  unreadable: ['0101'],
}
const clients = { demoted: client(2, 3, 1), untold: client(2, 1), busy: client(250), unreadable: '0101' }

/** Stands in for Ceph's bindings: what a pool's objects hold in their omaps. */
const bindings = {
  'rados.py': rados(`
journals, clients = ${JSON.stringify(journals)}, ${JSON.stringify(clients)}
UNMIRRORED = {'bare': '0100000000000000', 'locked': '3d00000000000000', 'journaled': '7d00000000000000'}
class ReadOpCtx:
    def __enter__(self):
        self.found = []
        return self
    def __exit__(self, *_): pass
class Ioctx:
    mirror_mode = 2
    def set_namespace(self, namespace): self.mirror_mode = 1
    def get_omap_vals(self, operation, after, prefix, most):
        operation.prefix, operation.after, operation.most = prefix, after, most
        return operation.found, 0
    def get_omap_vals_by_keys(self, operation, keys): return operation.found, 0
    def operate_read_op(self, operation, name):
        if name.startswith('journal.id-'):
            image = name[len('journal.id-'):]
            values = [('client_', clients[image])] if operation.prefix == 'client_' else [
                ('tag_' + (tag[12:14] if len(tag) > 26 else '').zfill(16), tag) for tag in journals[image]]
            rest = [(key, bytes.fromhex(value)) for key, value in values if key > operation.after]
            operation.found += rest[:min(operation.most, 100)]
        elif name[len('rbd_header.id-'):] in UNMIRRORED:
            operation.found.append(('features', bytes.fromhex(UNMIRRORED[name[len('rbd_header.id-'):]])))
        elif name == 'rbd_header.id-cut': operation.found.append(('features', bytes.fromhex('3d04000000000000')))
        elif name == 'rbd_header.id-whole': operation.found.append(('features', bytes.fromhex('3d00000000000000')))
        else: raise ObjectNotFound(name)`),
  'rbd.py': `
import rados
RBD_FEATURE_LAYERING, RBD_FEATURE_EXCLUSIVE_LOCK, RBD_FEATURE_OBJECT_MAP, RBD_FEATURE_FAST_DIFF = 1, 4, 8, 16
class Error(Exception): pass
class ImageNotFound(Error): pass
BY_SNAPSHOT = ['cut', 'whole', 'gone']
NAMES = list(rados.journals) + BY_SNAPSHOT
class RBD:
    def list2(self, ioctx):
        return [{'id': 'id-' + name, 'name': name} for name in NAMES + list(rados.UNMIRRORED) + ['unread']]
    def mirror_mode_get(self, ioctx): return ioctx.mirror_mode
    def mirror_image_info_list(self, ioctx):
        return [('id-' + name, {'mode': int(name in BY_SNAPSHOT), 'global_id': 'g', 'primary': name in BY_SNAPSHOT}) for name in NAMES]
class Image:
    def __init__(self, ioctx, name, read_only=False): self.name = name
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def id(self): return 'id-' + self.name
    def mirror_image_get_mode(self): return int(self.name in BY_SNAPSHOT)
    def size(self): return 0
    def list_snaps(self): return []
    def watchers_list(self): return []
    def parent_info(self): raise ImageNotFound()
`,
}

interface Found {
  readonly name: string
  readonly cutOff?: boolean
  readonly lastRole: unknown
}

function look(): Found[] {
  return answer({ detail: true }).images
}

function answer(request: object) {
  const { stdout, stderr } = runBatch(inFolder(), bindings, { op: 'look', ...request })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

test('journals tell who was primary last, and of which demotions of the other site they have heard', () => {
  const known = Object.fromEntries(look().map(({ name, lastRole }) => [name, lastRole]))
  expect(known).toMatchObject({
    follows: { role: 'follows', demotion: null, heard: [] },
    heard: { role: 'demoted there', demotion: '1.3', heard: ['1.3'] },
    promoted: { role: 'primary', demotion: '1.3', heard: ['1.3'] },
    demoted: { role: 'demoted here', demotion: '3.0', heard: ['1.3'] },
    busy: { role: 'demoted here', demotion: '249.7', heard: [] },
    unreadable: null,
    whole: null,
  })
})

test('changes of a role that were cut off are told: a primary that cannot be written, a demotion that is no entry of its journal', () => {
  expect(look().flatMap(({ name, cutOff }) => (cutOff ? [name] : []))).toEqual(['cut', 'untold'])
})

test('in pool mode it is told what images lack that are not mirrored; nothing of one whose header cannot be read', () => {
  expect(answer({ lacking: true })).toMatchObject({
    poolMode: 'pool',
    others: ['bare', 'journaled', 'locked', 'unread'],
    withoutJournal: [
      { name: 'bare', lacks: ['exclusive-lock', 'journaling'] },
      { name: 'locked', lacks: ['journaling'] },
    ],
  })
})

test('in image mode, here that of a namespace, nothing is lacking; nor is it looked for unasked', () => {
  expect(answer({ namespace: 'tenant', lacking: true })).toMatchObject({ poolMode: 'image', withoutJournal: [] })
  expect(answer({})).toMatchObject({ poolMode: 'pool', withoutJournal: [] })
})
