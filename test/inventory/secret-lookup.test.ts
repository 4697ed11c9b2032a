import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { change } from '../../src/core/change.ts'
import { cmd, sh } from '../../src/core/command.ts'
import { fetchedSecret, withSecrets } from '../../src/core/fetched-secret.ts'
import type { Look } from '../../src/core/look.ts'
import { defineModule } from '../../src/core/module.ts'
import { redactor } from '../../src/core/redact.ts'
import { reveal, Secret, secretText } from '../../src/core/secret.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { secret } from '../../src/inventory/secret-lookup.ts'
import { folderOf, inputError, readable, rejection } from './helpers.ts'

const { path: folder, remove } = folderOf({})
afterAll(remove)
const text = async (wanted: Secret) => (await fetchedSecret(wanted)).reveal()

/** A command that leaves a line behind each time that it is run. */
function counted(name: string, script: string) {
  const log = join(folder, name)
  const runs = () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0)
  return { command: sh(`printf x >> "$1"; ${script}`, log), runs }
}

describe('a secret of a store of one’s own', () => {
  test('is the output of a command, without the end of the last line', async () => {
    expect(await text(secret('a', cmd`printf ${'first line\nsecond\n'}`))).toBe('first line\nsecond')
    expect(await text(secret('b', { ...cmd`cat`, stdin: new Secret('from stdin') }))).toBe('from stdin')
    expect(await text(secret('c', { ...sh('echo $STORE'), env: { STORE: 'of env' } }))).toBe('of env')
  })

  test('is what a function gives, now or later', async () => {
    expect(await text(secret('now', () => 'now'))).toBe('now')
    expect(await text(secret('later', async () => new Secret('later')))).toBe('later')
  })

  test('is fetched when it is needed, and once', async () => {
    const { command, runs } = counted('once', 'sleep 0.1; echo fetched-canary')
    const [one, same] = [secret('one', command), secret('the same', command)]
    expect([runs(), String(one), JSON.stringify({ one })]).toEqual([0, '********', '{"one":"********"}'])
    expect(redactor()('fetched-canary')).toBe('fetched-canary')
    expect(await Promise.all([one, one, same].map(text))).toEqual(Array(3).fill('fetched-canary'))
    expect(await text(same)).toBe('fetched-canary')
    expect(runs()).toBe(1)
    expect(redactor()('fetched-canary')).toBe('********')
  })

  test('is part of a text that comes when it has come', async () => {
    const key = secret('key', async () => 'abc')
    const line = secretText`key = ${key}!`
    expect(await text(line)).toBe('key = abc!')
  })

  test.each([
    [
      'a command that fails',
      sh('echo locked >&2; exit 3'),
      "cannot be fetched: sh ended with exit code 3\n  locked\n  try: run it by hand: sh -c '",
    ],
    ['no such command', cmd`no-such-store x`, 'cannot be fetched: there is no command no-such-store here'],
    ['a command that is slow', { ...cmd`sleep 9`, timeout: 0.1 }, 'cannot be fetched: sleep had no answer after 0.1 s'],
    ['a command that says nothing', cmd`true`, 'is empty, or not there'],
    ['a function that throws', () => Promise.reject(new Error('sealed')), 'cannot be fetched: sealed'],
    ['a function that gives nothing', () => undefined, 'is empty, or not there'],
  ])('%s is an error with the place', async (_, source, message) => {
    const error = await rejection(text(secret('a key', source)))
    expect(readable(error)).toMatch(/secret-lookup\.test\.ts:\d+: the secret "a key" /)
    expect(readable(error)).toContain(message)
  })

  test('a failure is not tried again: nobody is asked twenty times for a PIN', async () => {
    const { command, runs } = counted('fails', 'exit 1')
    const key = secret('key', command)
    const errors = await Promise.all([1, 2, 3].map(() => rejection(text(key))))
    expect(errors[0]).toBe(errors[2])
    expect(runs()).toBe(1)
  })

  test('is refused where it cannot be waited for', () => {
    expect(readable(inputError(() => secret('key', async () => 'x').reveal()))).toMatch(
      /:\d+: the text of the secret "key" is needed where it cannot be waited for\n {2}try: reveal it in the arguments/,
    )
  })
})

describe('in the arguments of a module', () => {
  const note = defineModule({
    name: 'test.note',
    description: '',
    args: z.strictObject({ text: z.instanceof(Secret).refine((given) => reveal(given).length < 9, 'it is too long') }),
    absent: undefined,
    read: async ({ text: given }) => given.reveal(),
    *plan({ text: given }, have) {
      if (have !== given.reveal()) yield change('never', cmd`true`)
      yield change('write', { ...cmd`cat`, stdin: given })
    },
  })
  const look = {} as Look
  const context = {} as never

  test.each([
    ['plain', (given: Secret) => note({ text: given })],
    ['computed', (given: Secret) => note(() => ({ text: new Secret(`${given.reveal()}!`) }))],
    ['composed', (given: Secret) => note({ text: secretText`${given}!` })],
  ])('%s: it is waited for, and checked', async (_, call) => {
    const { command, runs } = counted(_, 'echo short')
    const prepared = call(secret('note', command)).prepare(context)
    const { changes } = await prepared.observe(look)
    expect(changes.map(({ summary }) => summary)).toEqual(['write'])
    expect(runs()).toBe(1)
    const long = call(secret('long', async () => 'much too long')).prepare(context)
    expect(readable(await rejection(long.observe(look)))).toContain('argument "text": it is too long')
  })

  test('a failure is told with the place of the lookup', async () => {
    const prepared = note(() => ({ text: secret('gone', () => undefined) })).prepare(context)
    expect(readable(await rejection(prepared.observe(look)))).toMatch(/secret-lookup\.test\.ts:\d+: the secret "gone"/)
  })
})

test('it is a variable of an inventory in TypeScript, and part of others', async () => {
  const { path, remove: removeIt } = folderOf({ 'inventory.ts': '' })
  const { command, runs } = counted('inventory', 'echo of-the-cmdb')
  const listing = { web: { hosts: ['a'], vars: { token: secret('token', command), url: 'https://{{ token }}@x' } } }
  const { hosts } = await loadInventory([join(path, 'inventory.ts')], {
    loadModule: async () => ({ default: listing }),
  })
  removeIt()
  const vars = hosts.get('a')?.vars ?? {}
  expect([vars.token instanceof Secret, runs()]).toEqual([true, 0])
  expect(await withSecrets(() => (vars.url as Secret).reveal())).toBe('https://of-the-cmdb@x')
  expect(runs()).toBe(1)
})
