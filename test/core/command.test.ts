import { describe, expect, test } from '@jest/globals'
import { cmd, sh, show } from '../../src/core/command.ts'
import { nearest } from '../../src/core/nearest.ts'
import { Secret } from '../../src/core/secret.ts'

describe('cmd', () => {
  test('splits at white space, and keeps a substitution as one word', () => {
    const name = 'a b; rm -rf /'
    expect(cmd`ceph  osd pool\n create ${name} 8`.argv).toEqual(['ceph', 'osd', 'pool', 'create', name, '8'])
  })

  test('joins a substitution to the text that touches it', () => {
    expect(cmd`rbd info ${'pool'}/${'image 1'} --id=${3}`.argv).toEqual(['rbd', 'info', 'pool/image 1', '--id=3'])
  })

  test('makes a word of each element, and none of an empty list', () => {
    expect(cmd`x ${['a', ['b', 1]]} ${[]} y`.argv).toEqual(['x', 'a', 'b', '1', 'y'])
  })

  test('keeps an empty text as a word', () => {
    expect(cmd`x ${''}`.argv).toEqual(['x', ''])
  })

  test('is shown as a person would type it', () => {
    expect(show(cmd`echo ${"it's"} ${'plain'} ${''}`)).toBe(`echo 'it'\\''s' plain ''`)
    expect(show({ ...sh('long'), display: 'short' })).toBe('short')
  })
})

describe('a secret', () => {
  test('prints as asterisks, whichever way it is printed', () => {
    const secret = new Secret('hunter22')
    expect(`${secret} ${JSON.stringify({ secret })} ${String(secret)}`).not.toContain('hunter22')
  })
})

describe('nearest', () => {
  test('guesses what a mistyped word meant, or nothing', () => {
    expect(nearest('rbdmirors', ['mons', 'rbdmirrors'])).toBe('rbdmirrors')
    expect(nearest('completely', ['mons', 'osds'])).toBeUndefined()
  })
})
