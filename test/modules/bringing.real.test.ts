import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CommandFailed, InputError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { copy } from '../../src/modules/copy.ts'
import { fetch, fetchedPath } from '../../src/modules/fetch.ts'
import { getUrl } from '../../src/modules/get-url.ts'
import { git } from '../../src/modules/git.ts'
import { script } from '../../src/modules/script.ts'
import { slurp, slurpSecret } from '../../src/modules/slurp.ts'
import { unarchive } from '../../src/modules/unarchive.ts'
import { useFolder } from './support/folder.ts'
import { applyHere, observeHere, runLocally } from './support/local.ts'

const at = useFolder()
const checksum = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

async function run(...argv: readonly string[]): Promise<string> {
  const result = await runLocally({ argv })
  if (result.code !== 0) throw new CommandFailed({ argv }, result)
  return result.stdout.trim()
}

describe('getUrl', () => {
  let server: Server
  let url = ''
  beforeAll(async () => {
    const login = `Basic ${Buffer.from('ops:a "b\\ c').toString('base64')}`
    server = createServer((request, response) => {
      if (request.url === '/locked' && request.headers.authorization !== login) response.writeHead(401).end()
      else if (request.url === '/gone') response.writeHead(404).end('not here')
      else response.end(`the text of ${request.url}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test('downloads, checks, and is content', async () => {
    const call = getUrl({ url: `${url}/a`, dest: at('a'), checksum: checksum('the text of /a'), mode: '0640' })
    expect((await applyHere(call)).second.changes).toEqual([])
    expect(readFileSync(at('a'), 'utf8')).toBe('the text of /a')
    expect(statSync(at('a')).mode & 0o777).toBe(0o640)
  })

  test('what is wrong or missing leaves the old file, and no other', async () => {
    writeFileSync(at('a'), 'old')
    const wrong = getUrl({ url: `${url}/a`, dest: at('a'), checksum: checksum('another text') })
    await expect(applyHere(wrong)).rejects.toThrow(CommandFailed)
    rmSync(at('a'))
    await expect(applyHere(getUrl({ url: `${url}/gone`, dest: at('a') }))).rejects.toThrow(CommandFailed)
    expect(readdirSync(at())).toEqual([])
  })

  test('logs in', async () => {
    await applyHere(getUrl({ url: `${url}/locked`, dest: at('a'), username: 'ops', password: new Secret('a "b\\ c') }))
    expect(readFileSync(at('a'), 'utf8')).toBe('the text of /locked')
  })
})

describe('unarchive', () => {
  test('unpacks, notices what was changed, unpacks again', async () => {
    mkdirSync(at('in/top'), { recursive: true })
    mkdirSync(at('out'))
    writeFileSync(at('in/top/a'), 'a\n')
    await run('tar', '-czf', at('x.tar.gz'), '-C', at('in'), 'top')
    const call = unarchive({ src: at('x.tar.gz'), dest: at('out') })
    expect((await applyHere(call)).second.changes).toEqual([])
    appendFileSync(at('out/top/a'), 'more')
    expect((await observeHere(call)).changes).toHaveLength(1)
    rmSync(at('out/top'), { recursive: true })
    expect((await applyHere(call)).second.changes).toEqual([])
    expect(readFileSync(at('out/top/a'), 'utf8')).toBe('a\n')
    const stripped = unarchive({ src: at('x.tar.gz'), dest: at('out'), stripComponents: 1, creates: at('out/a') })
    expect((await applyHere(stripped)).second.changes).toEqual([])
    expect(readdirSync(at('out')).sort()).toEqual(['a', 'top'])
  })

  test('a file that is no archive is a failure', async () => {
    mkdirSync(at('out'))
    writeFileSync(at('x.tar'), 'not an archive, but long enough to be read as one'.repeat(40))
    await expect(applyHere(unarchive({ src: at('x.tar'), dest: at('out') }))).rejects.toThrow(CommandFailed)
  })
})

test('git: cloned, moved on, and put right', async () => {
  const repo = at('repo')
  const commit = async (text: string) => {
    writeFileSync(at('repo/a'), text)
    await run('git', '-C', repo, 'add', 'a')
    await run('git', '-C', repo, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', text)
    return run('git', '-C', repo, 'rev-parse', 'HEAD')
  }
  await run('git', 'init', '-q', '-b', 'main', repo)
  const first = await commit('one')
  await run('git', '-C', repo, 'tag', '-a', '-m', 'x', 'v1', first)
  const call = (version: string, force = false) => git({ repo, dest: at('copy'), version, force })
  const cloned = await applyHere(call('main'))
  expect(cloned.second).toEqual({ changes: [], output: { commit: first } })
  const second = await commit('two')
  expect((await applyHere(call('main'))).second).toEqual({ changes: [], output: { commit: second } })
  expect((await applyHere(call('v1'))).second).toEqual({ changes: [], output: { commit: first } })
  expect((await applyHere(call(second))).second.output).toEqual({ commit: second })
  writeFileSync(at('copy/a'), 'by hand')
  await expect(applyHere(call('v1'))).rejects.toThrow(CommandFailed)
  expect((await applyHere(call('v1', true))).second).toEqual({ changes: [], output: { commit: first } })
  expect(readFileSync(at('copy/a'), 'utf8')).toBe('one')
})

describe('script', () => {
  test.each([
    ['#!/bin/bash -eu\nprintf "%s|" "$@" > "$OUT"\n'],
    ['#!/usr/bin/perl -w\nopen(my $out, ">", $ENV{OUT}); print $out join("|", @ARGV, "");\n'],
    ['printf "%s|" "$@" > "$OUT"\n'],
  ])('runs with its arguments, and leaves no file: %j', async (text) => {
    const call = script({ src: 'a', args: ['-x', "it's $HOME", 3], env: { OUT: at('out') }, creates: at('out') })
    const { second } = await applyHere(call, async () => text)
    expect(second.changes).toEqual([])
    expect(readFileSync(at('out'), 'utf8')).toBe("-x|it's $HOME|3|")
    expect(readdirSync(at())).toEqual(['out'])
  })
})

describe('slurp', () => {
  test('bytes go from file to file unchanged', async () => {
    const bytes = Buffer.from([0, 255, 10, 254, 13])
    writeFileSync(at('a'), bytes)
    const { output } = await observeHere(slurp({ path: at('a'), encoding: 'base64' }))
    const { second } = await applyHere(copy({ dest: at('b'), content: output?.content ?? '', encoding: 'base64' }))
    expect(second.changes).toEqual([])
    expect(readFileSync(at('b'))).toEqual(bytes)
  })

  test('a secret stays one', async () => {
    writeFileSync(at('a'), 'correct horse')
    const { output } = await observeHere(slurpSecret({ path: at('a') }))
    expect(output?.content.reveal()).toBe('correct horse')
    expect(JSON.stringify(output)).not.toContain('horse')
  })
})

describe('fetch', () => {
  test('a file comes below the folder of its host', () => {
    expect(fetchedPath('/backup/', 'east-1', '/etc/ceph/ceph.conf')).toBe('/backup/east-1/etc/ceph/ceph.conf')
  })

  test.each([
    ['/backup', '..', '/etc/passwd'],
    ['/backup', '../../root', '/x'],
    ['/backup', 'east-1', '/etc/../../../root/.ssh/authorized_keys'],
    ['backup', 'east-1', '/etc/passwd'],
  ])('nothing is written outside: %s %s %s', (into, host, src) => {
    expect(() => fetchedPath(into, host, src)).toThrow(InputError)
  })

  test('is three tasks: looking at the host, a folder and a file on the controller', () => {
    const tasks = fetch('Keep the conf', { src: '/etc/ceph/ceph.conf', into: '/backup', controller: 'desk' })
    expect(tasks.map(({ call, options }) => [call.moduleName, options.delegateTo])).toEqual([
      ['slurp', undefined],
      ['directory', 'desk'],
      ['copy', 'desk'],
    ])
  })
})
