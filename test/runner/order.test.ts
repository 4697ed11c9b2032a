import { describe, expect, test } from '@jest/globals'
import { inOrder } from '../../src/runner/order.ts'

describe('the order of hosts', () => {
  const names = ['c', 'a', 'b']

  test.each([
    ['inventory', ['c', 'a', 'b']],
    ['reverse_inventory', ['b', 'a', 'c']],
    ['sorted', ['a', 'b', 'c']],
    ['reverse_sorted', ['c', 'b', 'a']],
  ] as const)('%s', (order, expected) => expect(inOrder(names, order)).toEqual(expected))

  test('shuffle goes by chance, and loses no host', () => {
    const chances = [0.9, 0.1, 0.5]
    expect(inOrder(names, 'shuffle', () => chances.shift() ?? 0)).toEqual(['a', 'b', 'c'])
    expect(inOrder(names, 'shuffle').toSorted()).toEqual(['a', 'b', 'c'])
  })
})
