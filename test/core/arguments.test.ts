import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { parseArguments } from '../../src/core/arguments.ts'

const check = (args: z.ZodType, input: unknown) => () => parseArguments({ name: 'x.y', args }, input)

describe('arguments that do not fit', () => {
  const args = z.strictObject({
    name: z.string().min(1),
    size: z.int().optional(),
    to: z.union([z.strictObject({ host: z.string() }), z.literal('all')]).optional(),
  })

  test('a misspelt one is named with what was meant', () => {
    expect(check(args, { nmae: 'a', name: 'b' })).toThrow('x.y: unknown argument "nmae" (did you mean "name"?)')
  })

  test('an unknown one is told with what there is', () => {
    expect(check(args, { completely: 1, name: 'b' })).toThrow('(it takes name, size, to)')
  })

  test('all faults are told at once', () => {
    expect(check(args, { name: '', size: 'x' })).toThrow(/argument "name": .*; argument "size": /)
  })

  test('one that is missing is said to be needed, and one of another type is not', () => {
    expect(check(args, {})).toThrow('x.y: argument "name" is needed')
    expect(check(args, { name: 5 })).toThrow('argument "name": Invalid input: expected string, received number')
  })

  test('of several shapes, the reason is told, not only that none fits', () => {
    expect(check(args, { name: 'a', to: { hst: 'x' } })).toThrow(/argument "to": .*(hst|host)/)
  })
})
