import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/core/secret.ts'
import { contentChecksum } from '../../src/modules/rbd/content.ts'
import { sameMonitors } from '../../src/modules/rbd/peers.ts'
import { showSize, size } from '../../src/modules/rbd/size.ts'
import { decodeToken, encodeToken } from '../../src/modules/rbd/token.ts'

describe('monitors', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1:6789'],
    ['[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0]', '10.0.0.1:6789'],
    ['[v2:10.0.0.1:3300,v1:10.0.0.1:6789],[v2:10.0.0.2:3300,v1:10.0.0.2:6789]', '10.0.0.2, 10.0.0.1'],
    ['[v2:[fd00::1]:3300/0,v1:[fd00::1]:6789/0]', '[fd00::1]:6789'],
    ['mon-a.example,mon-b.example', 'mon-b.example:6789 mon-a.example:6789'],
  ])('%s are those of %s', (a, b) => expect(sameMonitors(a, b)).toBe(true))

  test.each([
    ['10.0.0.1', '10.0.0.2'],
    ['10.0.0.1', '10.0.0.1,10.0.0.2'],
    ['10.0.0.1', ''],
    ['[fd00::1]:6789', '[fd00::2]:6789'],
  ])('%s are not those of %s', (a, b) => expect(sameMonitors(a, b)).toBe(false))
})

describe('sizes', () => {
  test.each([
    ['512', 512],
    ['4K', 4096],
    ['1536M', 1_610_612_736],
    ['10GiB', 10_737_418_240],
    ['1TB', 1_099_511_627_776],
    [4096, 4096],
  ])('%s is %d bytes', (text, bytes) => expect(size.parse(text)).toBe(bytes))

  test.each(['', '1.5G', '10g', 'G', '-1', 0, 1.5])('%s is none', (text) =>
    expect(size.safeParse(text).success).toBe(false),
  )

  test.each([
    [0, '0B'],
    [1000, '1000B'],
    [4096, '4K'],
    [1_610_612_736, '1536M'],
    [10_737_418_240, '10G'],
  ])('%d bytes are shown as %s', (bytes, text) => expect(showSize(bytes)).toBe(text))
})

describe('bootstrap tokens', () => {
  const token = { fsid: 'f', client: 'rbd-mirror-peer', key: new Secret('AQtest=='), monHost: '[v2:10.0.0.1:3300]' }

  test('are those of Ceph: base64 of one JSON object', () => {
    const json = '{"fsid":"f","client_id":"rbd-mirror-peer","key":"AQtest==","mon_host":"[v2:10.0.0.1:3300]"}'
    expect(encodeToken(token).reveal()).toBe(Buffer.from(json).toString('base64'))
  })

  test('are read back, and print as nothing', () => {
    const encoded = encodeToken(token)
    expect(decodeToken(encoded).key.reveal()).toBe('AQtest==')
    expect(String(encoded)).not.toContain('ey')
  })

  test.each(['', 'nonsense', Buffer.from('{"fsid":"f"}').toString('base64')])('and %p is none', (text) =>
    expect(() => decodeToken(new Secret(text))).toThrow('the bootstrap token is not one'),
  )
})

test('the checksum of a content is that of the line over and over, cut at the size', () =>
  expect(contentChecksum('a', 3)).toBe('99b4ae0e261695ce9cb3912cdb821b687ad3ee28746333d2c49c9a141576d800'))
