import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { ModuleCall } from '../../src/core/task.ts'
import { blockinfile } from '../../src/modules/blockinfile.ts'
import { command } from '../../src/modules/command.ts'
import { copy } from '../../src/modules/copy.ts'
import { directory } from '../../src/modules/directory.ts'
import { file } from '../../src/modules/file.ts'
import { iniValue } from '../../src/modules/ini-value.ts'
import { lineinfile } from '../../src/modules/lineinfile.ts'
import { replace } from '../../src/modules/replace.ts'
import { slurp } from '../../src/modules/slurp.ts'
import { stat } from '../../src/modules/stat.ts'
import { symlink } from '../../src/modules/symlink.ts'
import { template } from '../../src/modules/template.ts'
import { unarchive } from '../../src/modules/unarchive.ts'
import { useFolder } from './support/folder.ts'
import { applyHere, observeHere, runLocally } from './support/local.ts'

const at = useFolder()

const names = [
  'two words',
  `it's "so"`,
  '$HOME `id` $(id)',
  'new\nline',
  '-rf',
  '--help',
  'ünï😀',
  '*?[a]',
  'back\\slash\\n',
  '%s%n',
  ';true&&|',
  '#{{x}}',
]

/** Applies, and sees that nothing is left to do. */
async function settles(call: ModuleCall<unknown>): Promise<void> {
  const { first, second } = await applyHere(call)
  expect(first.changes).not.toEqual([])
  expect(second.changes).toEqual([])
}

describe.each(names)('a path with %j in it', (name) => {
  const path = () => at(name)
  const text = () => readFileSync(path(), 'utf8')

  test('is a file that is written, seen and edited', async () => {
    await settles(copy({ dest: path(), content: 'a = 1\n', mode: '0600' }))
    await settles(lineinfile({ path: path(), regexp: '^a', line: `a = ${name.replace('\n', ' ')}` }))
    expect(text()).toBe(`a = ${name.replace('\n', ' ')}\n`)
    await settles(replace({ path: path(), regexp: 'a = .*', replace: 'b = 2' }))
    await settles(blockinfile({ path: path(), block: 'c = 3' }))
    await settles(iniValue({ path: path(), section: 's', option: 'd', value: '4' }))
    await settles(file({ path: path(), mode: '0640' }))
    expect((await observeHere(slurp({ path: path() }))).output?.content).toBe(text())
    expect((await observeHere(stat({ path: path() }))).output).toMatchObject({ type: 'file', mode: '0640' })
    await settles(file({ path: path(), state: 'absent' }))
    expect(readdirSync(at())).toEqual([])
  })

  test('is a directory, a link, a guard', async () => {
    await settles(directory({ path: `${path()}/${name}` }))
    expect(statSync(`${path()}/${name}`).isDirectory()).toBe(true)
    await settles(symlink({ path: at('link'), target: name }))
    expect(readlinkSync(at('link'))).toBe(name)
    await settles(command({ argv: ['touch', '--', at(`${name}/made`)], creates: at(`${name}/made`), chdir: path() }))
    await settles(directory({ path: path(), state: 'absent' }))
    expect(readdirSync(at())).toEqual(['link'])
  })

  test('is an archive, and where it is unpacked', async () => {
    mkdirSync(at('in'))
    writeFileSync(at(`in/${name}`), 'inside')
    await runLocally({
      argv: ['tar', '-c', '--no-unquote', '-f', `${at(name)}.tar`, '-C', at('in'), '--', `./${name}`],
    })
    await settles(directory({ path: path() }))
    await settles(unarchive({ src: `${at(name)}.tar`, dest: path() }))
    expect(readFileSync(`${path()}/${name}`, 'utf8')).toBe('inside')
  })

  test('fills a template', async () => {
    const call = template({ src: 'x.hbs', dest: path(), vars: { name } })
    expect((await applyHere(call, async () => '<{{name}}>')).second.changes).toEqual([])
    expect(text()).toBe(`<${name}>`)
  })
})

describe('a file of the controller', () => {
  const bytes = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => (index * 7 + (index >> 8)) % 256))

  test.each([
    ['all bytes', bytes],
    ['zeros', Buffer.alloc(5000)],
    ['a broken character at the end', Buffer.from([0x61, 0xc3])],
    ['a byte order mark and CRLF', Buffer.from('\ufeffa\r\nb', 'utf8')],
    ['nothing', Buffer.alloc(0)],
    ['5 MB', Buffer.concat(Array.from({ length: 20 }, () => bytes))],
  ])('is copied byte by byte: %s', async (_, content) => {
    const call = copy({ dest: at('copy'), src: 'any' })
    const { first, second } = await applyHere(call, async (_, encoding = 'utf8') => content.toString(encoding))
    expect([first.changes.length, second.changes.length]).toEqual([1, 0])
    expect(readFileSync(at('copy')).equals(content)).toBe(true)
  })
})

describe('an archive that means harm', () => {
  const harm = `import io, sys, tarfile, zipfile
kind, where = sys.argv[1:]
def member(tar, name, link=None):
    info = tarfile.TarInfo(name)
    if link:
        info.type, info.linkname = tarfile.SYMTYPE, link
        tar.addfile(info)
    else:
        info.size = 4
        tar.addfile(info, io.BytesIO(b'harm'))
if kind == 'zip':
    with zipfile.ZipFile(where, 'w') as archive: archive.writestr('../outside', 'harm')
else:
    with tarfile.open(where, 'w') as archive:
        if kind == 'up': member(archive, '../outside')
        if kind == 'root': member(archive, sys.argv[2] + '.outside')
        if kind == 'link': member(archive, 'link', '..'); member(archive, 'link/outside')
`

  test.each([['up'], ['root'], ['link'], ['zip']])('writes nothing outside its folder: %s', async (kind) => {
    const archive = at(kind === 'zip' ? 'x.zip' : 'x.tar')
    const made = await runLocally({ argv: ['python3', '-c', harm, kind, archive] })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    mkdirSync(at('out'))
    const call = unarchive({ src: archive, dest: at('out'), ...(kind === 'zip' ? { creates: at('out/never') } : {}) })
    for (const _ of ['first', 'second'])
      for (const { command: wanted } of (await observeHere(call)).changes) await runLocally(wanted)
    expect(readdirSync(at()).sort()).toEqual(['out', archive.slice(at().length + 1)].sort())
  })

  test('a link in the place of a file is replaced, never followed', async () => {
    writeFileSync(at('precious'), 'precious')
    symlinkSync(at('precious'), at('link'))
    await settles(copy({ dest: at('link'), content: 'new' }))
    expect(readFileSync(at('precious'), 'utf8')).toBe('precious')
  })
})
