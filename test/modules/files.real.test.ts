import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { CommandFailed } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { copy } from '../../src/modules/copy.ts'
import { directory } from '../../src/modules/directory.ts'
import { file } from '../../src/modules/file.ts'
import { template } from '../../src/modules/template.ts'
import { useFolder } from './support/folder.ts'
import { applyHere, observeHere } from './support/local.ts'

const at = useFolder()
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8).padStart(4, '0')

describe('copy', () => {
  test('writes a file once, with its mode, and leaves nothing else behind', async () => {
    const { first, second } = await applyHere(copy({ dest: at('ü "a" $b'), content: "it's\n", mode: '0640' }))
    expect(first.changes).toHaveLength(1)
    expect(second.changes).toEqual([])
    expect(readFileSync(at('ü "a" $b'), 'utf8')).toBe("it's\n")
    expect(mode(at('ü "a" $b'))).toBe('0640')
    expect(readdirSync(at())).toEqual(['ü "a" $b'])
  })

  test('keeps the mode of a file that it changes, and shows what changes', async () => {
    writeFileSync(at('a'), 'old\n')
    chmodSync(at('a'), 0o4751)
    const { first, second } = await applyHere(copy({ dest: at('a'), content: 'new\n' }))
    expect(first.changes[0]?.diff).toEqual({ path: at('a'), before: 'old\n', after: 'new\n' })
    expect(second.changes).toEqual([])
    expect(mode(at('a'))).toBe('4751')
  })

  test('a secret is not readable by others, and empty content is content', async () => {
    await applyHere(copy({ dest: at('key'), content: new Secret('[client.a]\n\tkey = AQDsomethingLong==\n') }))
    expect(mode(at('key'))).toBe('0600')
    writeFileSync(at('full'), 'text')
    const { second } = await applyHere(copy({ dest: at('full'), content: '' }))
    expect(readFileSync(at('full'), 'utf8')).toBe('')
    expect(second.changes).toEqual([])
  })

  test('a file that its validator refuses does not take the place of the old one', async () => {
    writeFileSync(at('a'), 'good\n')
    const call = copy({ dest: at('a'), content: 'bad\n', validate: ['grep', '-q', 'good', '%s'] })
    await expect(applyHere(call)).rejects.toThrow(CommandFailed)
    expect(readFileSync(at('a'), 'utf8')).toBe('good\n')
    expect(readdirSync(at())).toEqual(['a'])
  })

  test('a validator that accepts it, and the old file kept beside it', async () => {
    writeFileSync(at('a'), 'old\n')
    await applyHere(copy({ dest: at('a'), content: 'good %s\n', validate: ['grep', '-q', 'good', '%s'], backup: true }))
    expect(readFileSync(at('a'), 'utf8')).toBe('good %s\n')
    const kept = readdirSync(at()).filter((name) => /^a\.\d{8}T\d{6}~$/.test(name))
    expect(kept.map((name) => readFileSync(at(name), 'utf8'))).toEqual(['old\n'])
  })

  test('the target of a link is left alone: the link becomes a file', async () => {
    writeFileSync(at('target'), 'precious\n')
    symlinkSync('target', at('link'))
    await applyHere(copy({ dest: at('link'), content: 'mine\n' }))
    expect(readFileSync(at('target'), 'utf8')).toBe('precious\n')
    expect(readFileSync(at('link'), 'utf8')).toBe('mine\n')
  })

  test('into a folder that is not there: an error, and nothing made', async () => {
    await expect(applyHere(copy({ dest: at('no', 'a'), content: '' }))).rejects.toThrow('write')
    expect(readdirSync(at())).toEqual([])
  })
})

test('template: filled from the controller, unescaped', async () => {
  const call = template({ src: 'a.hbs', dest: at('a'), vars: { name: `<&"'` } })
  const { second } = await applyHere(call, async () => '{{name}}\n')
  expect(readFileSync(at('a'), 'utf8')).toBe(`<&"'\n`)
  expect(second.changes).toEqual([])
})

describe('directory', () => {
  test('made with its parents, corrected, removed with all in it', async () => {
    const made = await applyHere(directory({ path: at('a/b c'), mode: '0750' }))
    expect(made.second.changes).toEqual([])
    expect(mode(at('a/b c'))).toBe('0750')
    const corrected = await applyHere(directory({ path: at('a/b c'), mode: '1777' }))
    expect(corrected.second.changes).toEqual([])
    writeFileSync(at('a/b c/d'), '')
    const removed = await applyHere(directory({ path: at('a'), state: 'absent' }))
    expect(removed.second.changes).toEqual([])
    expect(readdirSync(at())).toEqual([])
  })

  test('a link to a directory is one', async () => {
    mkdirSync(at('real'))
    symlinkSync('real', at('link'))
    expect((await observeHere(directory({ path: at('link') }))).changes).toEqual([])
  })
})

describe('file', () => {
  test('an empty one is made once; attributes are corrected', async () => {
    const { second } = await applyHere(file({ path: at('a'), state: 'touch', mode: '0600' }))
    expect(second.changes).toEqual([])
    expect(mode(at('a'))).toBe('0600')
    const corrected = await applyHere(file({ path: at('a'), mode: '0644' }))
    expect(corrected.second.changes).toEqual([])
    expect(mode(at('a'))).toBe('0644')
  })

  test('one that must be there and is not is a failure that says what to do', async () => {
    const { changes } = await observeHere(file({ path: at('a'), mode: '0644' }))
    expect(changes[0]?.hint).toContain(`there is no ${at('a')}`)
    await expect(applyHere(file({ path: at('a'), mode: '0644' }))).rejects.toThrow(CommandFailed)
  })

  test('removed, a dangling link as well', async () => {
    symlinkSync('nowhere', at('a'))
    const { second } = await applyHere(file({ path: at('a'), state: 'absent' }))
    expect(second.changes).toEqual([])
    expect(readdirSync(at())).toEqual([])
  })
})
