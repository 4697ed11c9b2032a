import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { knownSecrets, Secret } from '../../src/core/secret.ts'
import { environmentOf, readEnvironment } from '../../src/inventory/env.ts'
import { folderOf, inputError, readable, rejection } from './helpers.ts'

describe('the environment', () => {
  test('is read from dotenv files and the process, which wins', async () => {
    const { path, remove } = folderOf({
      '.env': 'A=dot-a\nB=dot-b\nC="dot c" # comment\n',
      one: "export B='one b'\nD=one\n",
      two: 'D=two\n',
    })
    for (const file of ['.env', 'one', 'two']) chmodSync(join(path, file), 0o600)
    const environment = await readEnvironment({
      files: [join(path, 'one'), join(path, 'two')],
      optionalFile: join(path, '.env'),
      variables: { A: 'process', E: 'process' },
    })
    const values = ['A', 'B', 'C', 'D', 'E'].map((name) => environment.require(name).reveal())
    remove()
    expect(values).toEqual(['process', 'one b', 'dot c', 'two', 'process'])
  })

  test('gives secrets, which are remembered for redaction only once they are read', () => {
    const environment = environmentOf({ PATH: '/canary/bin', TOKEN: 'canary-token' })
    expect(environment.get('TOKEN')).toBeInstanceOf(Secret)
    expect(knownSecrets().has('canary-token')).toBe(true)
    expect(knownSecrets().has('/canary/bin')).toBe(false)
  })

  test('takes nothing from a file that others can read, and minds it only then', async () => {
    const { path, remove } = folderOf({ '.env': 'TOKEN=canary-open\nOTHER=canary-other\n' })
    const optionalFile = join(path, '.env')
    const environment = await readEnvironment({ optionalFile, variables: { OTHER: 'process' } })
    const error = inputError(() => environment.require('TOKEN'))
    expect(environment.require('OTHER').reveal()).toBe('process')
    remove()
    expect(readable(error)).toBe('.env: TOKEN is taken from .env, which others can read\n  try: chmod 600 .env')
  })

  test('does without an optional file, and not without one that was named', async () => {
    expect((await readEnvironment({ optionalFile: '/nowhere/.env' })).get('A')).toBeUndefined()
    expect(readable(await rejection(readEnvironment({ files: ['/nowhere/x.env'] })))).toContain(
      'there is no readable environment file "/nowhere/x.env"',
    )
  })

  test('says which name is near when one is missing', () => {
    const error = inputError(() => environmentOf({ CEPH_TOKEN: 'x' }).require('CEPH_TOKN'))
    expect(readable(error)).toBe('the environment variable "CEPH_TOKN" is not set\n  try: did you mean "CEPH_TOKEN"?')
  })
})
