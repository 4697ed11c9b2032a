import { describe, expect, test } from '@jest/globals'
import { extraVars } from '../../src/cli/extra-vars.ts'
import { InputError } from '../../src/core/errors.ts'

const vars = async (...given: string[]) => (await extraVars(given, async () => [])).values

describe('-e name=value', () => {
  test.each([
    ['3', 3],
    ['"3"', '3'],
    ['0.5', 0.5],
    ['true', true],
    ['yes', 'yes'],
    ['null', null],
    ['', ''],
    ['pool=images', 'pool=images'],
    ['key: value', 'key: value'],
    ['- a', '- a'],
    ['[a, 2]', ['a', 2]],
    ['{a: 1}', { a: 1 }],
    ['[unclosed', '[unclosed'],
    ['*no-alias', '*no-alias'],
    ['two\nlines', 'two\nlines'],
  ])('%j is %j', async (text, value) => {
    expect(await vars(`name=${text}`)).toEqual({ name: value })
  })

  test('the last one wins', async () => {
    expect(await vars('a=1', 'b=2', 'a=3')).toEqual({ a: 3, b: 2 })
  })

  test.each(['name', '=3', ' =3'])('%j is refused', async (text) => {
    await expect(vars(text)).rejects.toThrow(InputError)
  })
})
