import { describe, expect, test } from '@jest/globals'
import { type Selectable, selectHosts } from '../../src/inventory/pattern.ts'
import { inputError } from './helpers.ts'

const hosts = ['e1', 'e2', 'e3', 'w1', 'w2', 'db.example.com', 'fe80::1']
const inventory: Selectable = {
  hosts,
  groups: new Map([
    ['all', hosts],
    ['east', ['e1', 'e2', 'e3']],
    ['west', ['w1', 'w2']],
    ['rbdmirrors', ['e2', 'e3', 'w2']],
    ['empty', []],
  ]),
}

describe('a host pattern', () => {
  test.each([
    ['all', hosts],
    ['*', hosts],
    ['east', ['e1', 'e2', 'e3']],
    ['west:east', ['w1', 'w2', 'e1', 'e2', 'e3']],
    ['e1,w1', ['e1', 'w1']],
    [' e1 , w1 ,', ['e1', 'w1']],
    ['east:&rbdmirrors', ['e2', 'e3']],
    ['&rbdmirrors:east', ['e2', 'e3']],
    ['all:!west', ['e1', 'e2', 'e3', 'db.example.com', 'fe80::1']],
    ['!west:!east', ['db.example.com', 'fe80::1']],
    ['east:west:&rbdmirrors:!e2', ['e3', 'w2']],
    ['east,&rbdmirrors,!e2', ['e3']],
    ['e*', ['e1', 'e2', 'e3']],
    ['w?', ['w1', 'w2']],
    ['[ew]1', ['e1', 'w1']],
    ['e[!1]', ['e2', 'e3']],
    ['*.example.com', ['db.example.com']],
    ['~[ew][12]$', ['e1', 'e2', 'w1', 'w2']],
    ['~(e|w)1', ['e1', 'w1']],
    ['~d', ['db.example.com']],
    ['east[0]', ['e1']],
    ['east[-1]', ['e3']],
    ['east[1:2]', ['e2', 'e3']],
    ['east[1:]', ['e2', 'e3']],
    ['east[0:0]', ['e1']],
    ['east[7:9]', []],
    ['east[0]:west[1]', ['e1', 'w2']],
    ['e*[1]', ['e2']],
    ['fe80::1', ['fe80::1']],
    ['empty', []],
    ['empty[0]', []],
    ['east:empty', ['e1', 'e2', 'e3']],
    ['localhost', ['localhost']],
    ['east:east', ['e1', 'e2', 'e3']],
  ])('%s', (pattern, expected) => {
    expect(selectHosts(pattern, inventory)).toEqual(expected)
  })

  test('that names nothing says what is near', () => {
    const error = inputError(() => selectHosts('east:&rbdmirors', inventory))
    expect(error.message).toBe('no host and no group matches "rbdmirors"')
    expect(error.hint).toBe('did you mean "rbdmirrors"?')
  })

  test.each(['web:!', '&:web'])('with a mark and no name behind it: %s', (pattern) => {
    expect(inputError(() => selectHosts(pattern, inventory)).message).toMatch(
      /^the pattern ".*" has nothing behind a "[!&]"$/,
    )
  })

  test('that names nothing near lists the groups', () => {
    expect(inputError(() => selectHosts('qqqqqq', inventory)).hint).toContain('all, east, west, rbdmirrors, empty')
  })

  test('that is an empty file of hosts is not told to be "all"', () => {
    const error = inputError(() => selectHosts('@failed.txt', inventory, () => []))
    expect([error.message, error.hint]).toEqual(['"@failed.txt" names no host: it is empty', undefined])
  })

  test('that mixes commas and colons is told which of them part terms', () => {
    expect(inputError(() => selectHosts('e1,west:!w1', inventory)).hint).toContain('colons do not')
  })

  test.each([
    ['east[3]', 'asks for a host that is not there: there are 3'],
    ['east[-4]', 'asks for a host that is not there'],
    ['east[0-1]', 'has a subscript with "-"'],
    ['~(', 'is not a regular expression'],
    ['~[', 'has a bracket without its counterpart'],
    ['east[1', 'has a bracket without its counterpart'],
    ['all:!west]', 'has a bracket without its counterpart'],
    ['~', 'is an empty regular expression'],
    ['', 'is empty'],
    [':', 'is empty'],
    ['x*', 'no host and no group matches "x*"'],
  ])('%s is refused', (pattern, message) => {
    expect(inputError(() => selectHosts(pattern, inventory)).message).toContain(message)
  })
})
