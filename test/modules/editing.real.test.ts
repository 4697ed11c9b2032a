import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { CommandFailed } from '../../src/core/errors.ts'
import { blockinfile } from '../../src/modules/blockinfile.ts'
import { hostsEntry } from '../../src/modules/hosts-entry.ts'
import { iniValue } from '../../src/modules/ini-value.ts'
import { lineinfile } from '../../src/modules/lineinfile.ts'
import { replace } from '../../src/modules/replace.ts'
import { symlink } from '../../src/modules/symlink.ts'
import { useFolder } from './support/folder.ts'
import { applyHere } from './support/local.ts'

const at = useFolder()

test('each editor changes its part of a file, keeps mode and the rest, and then is content', async () => {
  writeFileSync(at('a'), '[one]\nx = 1\nold old\n')
  chmodSync(at('a'), 0o600)
  for (const call of [
    lineinfile({ path: at('a'), regexp: /^x = /, line: "x = '2'" }),
    blockinfile({ path: at('a'), block: 'y = 1\nz = 2', insertAfter: '^x' }),
    iniValue({ path: at('a'), section: 'two', option: 'k', value: 'v' }),
    replace({ path: at('a'), regexp: 'old', replace: 'new' }),
  ])
    expect((await applyHere(call)).second.changes).toEqual([])
  expect(readFileSync(at('a'), 'utf8')).toBe(
    "[one]\nx = '2'\n# BEGIN MANAGED BLOCK\ny = 1\nz = 2\n# END MANAGED BLOCK\nnew new\n\n[two]\nk = v\n",
  )
  expect(statSync(at('a')).mode & 0o777).toBe(0o600)
  expect(readdirSync(at())).toEqual(['a'])
})

test('a literal expression that remembers its place is used afresh each time', async () => {
  writeFileSync(at('a'), 'x\nx\nx\n')
  await applyHere(lineinfile({ path: at('a'), regexp: /x/g, state: 'absent' }))
  expect(readFileSync(at('a'), 'utf8')).toBe('')
})

test('a file that is not there: made when asked for, else a failure', async () => {
  await expect(applyHere(lineinfile({ path: at('a'), line: 'x' }))).rejects.toThrow(CommandFailed)
  expect(readdirSync(at())).toEqual([])
  await applyHere(lineinfile({ path: at('a'), line: 'x', create: true }))
  expect(readFileSync(at('a'), 'utf8')).toBe('x\n')
})

test('hosts entries', async () => {
  writeFileSync(at('hosts'), '127.0.0.1 localhost east-1\n')
  const { second } = await applyHere(hostsEntry({ path: at('hosts'), address: '10.0.0.1', names: ['east-1'] }))
  expect(second.changes).toEqual([])
  expect(readFileSync(at('hosts'), 'utf8')).toBe('127.0.0.1 localhost\n10.0.0.1 east-1\n')
})

describe('symlink', () => {
  test('made, turned elsewhere, removed', async () => {
    await applyHere(symlink({ path: at('l'), target: 'one two' }))
    const { second } = await applyHere(symlink({ path: at('l'), target: '/etc' }))
    expect(second.changes).toEqual([])
    expect(readlinkSync(at('l'))).toBe('/etc')
    await applyHere(symlink({ path: at('l'), state: 'absent' }))
    expect(readdirSync(at())).toEqual([])
  })

  test('a file gives way only when forced, a directory never', async () => {
    writeFileSync(at('l'), 'precious')
    await expect(applyHere(symlink({ path: at('l'), target: 'x' }))).rejects.toThrow(CommandFailed)
    expect(readFileSync(at('l'), 'utf8')).toBe('precious')
    await applyHere(symlink({ path: at('l'), target: 'x', force: true }))
    expect(lstatSync(at('l')).isSymbolicLink()).toBe(true)
    await expect(applyHere(symlink({ path: at(), target: 'x', force: true }))).rejects.toThrow(CommandFailed)
  })

  test('where a file is, there is no link to be removed', async () => {
    writeFileSync(at('l'), 'precious')
    await expect(applyHere(symlink({ path: at('l'), state: 'absent' }))).rejects.toThrow(CommandFailed)
    symlinkSync('l', at('m'))
    await applyHere(symlink({ path: at('m'), state: 'absent' }))
    expect(readdirSync(at())).toEqual(['l'])
  })
})
