import { describe, expect, test } from '@jest/globals'
import { extraVars } from '../../src/cli/extra-vars.ts'
import { InputError } from '../../src/core/errors.ts'
import { folderOf } from '../inventory/helpers.ts'

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

  test('what Ansible would render is refused, since nothing renders it here', async () => {
    await expect(vars('a={{ b }}')).rejects.toThrow(
      /^a holds "\{\{ … \}\}", and variables of a playbook are plain values/,
    )
  })

  test('the last one wins', async () => {
    expect(await vars('a=1', 'b=2', 'a=3')).toEqual({ a: 3, b: 2 })
  })

  test.each(['name', '=3', ' =3'])('%j is refused', async (text) => {
    await expect(vars(text)).rejects.toThrow(InputError)
  })
})

describe('-e @file', () => {
  const inFile = async (text: string) => {
    const { path, remove } = folderOf({ 'vars.yml': text })
    try {
      return await vars(`@${path}/vars.yml`)
    } finally {
      remove()
    }
  }

  test('its variables', async () => {
    expect(await inFile('a: 1\nb: [x, y]\n')).toEqual({ a: 1, b: ['x', 'y'] })
  })

  test('what Ansible would render is refused, with its place; text that is meant is marked', async () => {
    await expect(inFile('a: 1\nb: [x, "{{ a }}"]\n')).rejects.toMatchObject({
      message: expect.stringMatching(/^b holds/),
      location: { line: 2, column: 8 },
    })
    expect(await inFile("b: !unsafe '{{ a }}'\n")).toEqual({ b: '{{ a }}' })
  })
})
