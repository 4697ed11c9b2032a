import { describe, expect, test } from '@jest/globals'
import { redactDeep, redactor } from '../../src/core/redact.ts'

const redact = (secrets: string[], text: string) => redactor(() => new Set(secrets))(text)

describe('redaction by value', () => {
  test('blots out a key wherever it stands', () => {
    expect(redact(['AQBx+Y/z0aaa=='], 'key=AQBx+Y/z0aaa==;')).toBe('key=********;')
  })

  test('does not mangle words that contain a short secret', () => {
    expect(redact(['hang'], 'changed: hang, hang-up')).toBe('changed: ********, hang-up')
    expect(redact(['on'], 'on and on')).toBe('on and on')
    expect(redact(['22'], 'port 22')).toBe('port 22')
    expect(redact(['a1b2'], 'a1b2 xa1b2')).toBe('******** xa1b2')
  })

  test('does not mangle what every report is full of', () => {
    const text = 'cannot become root: sudo refused the password; changed=1 failed=0, /root/changed, admin@host, port ok'
    expect(redact(['root', 'changed', 'failed', 'password', 'admin', 'port', 'host', 'ok'], text)).toBe(text)
    expect(redact(['Root'], 'Root')).toBe('Root')
    expect(redact(['hang', 'sesame'], 'change hanging changed sesames')).toBe('change hanging changed sesames')
  })

  test('knows a long word inside others', () => {
    expect(redact(['correcthorsebattery'], 'xcorrecthorsebatteryx')).toBe('x********x')
  })

  test('knows base64 at any alignment, and the URL-quoted form', () => {
    const secret = 'p@ss/word+1!'
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const encoded = Buffer.from(`${before}${secret}zz`).toString('base64')
      expect(redact([secret], encoded)).toContain('********')
    }
    expect(redact([secret], encodeURIComponent(secret))).toBe('********')
  })

  test('knows what Python, jq and curl make of it in a URL, and the base64 of URLs', () => {
    const secret = 'pa(ss)/wo rd!'
    for (const quoted of ['pa%28ss%29/wo%20rd%21', 'pa%28ss%29%2Fwo%20rd%21', 'pa(ss)%2fwo+rd!'])
      expect(redact([secret], `x=${quoted}&y`)).toBe('x=********&y')
    const key = Buffer.from('fbfffbfffbff', 'hex').toString('latin1')
    const encoded = Buffer.from(key).toString('base64url')
    expect(redact([key], encoded)).toContain('********')
  })

  test('knows it inside JSON', () => {
    const secret = 'pa"ss\\wo\nrd'
    expect(redact([secret], JSON.stringify({ secret }))).toBe('{"secret":"********"}')
  })

  test('knows the telling lines of a secret of several lines', () => {
    const keyring = '[client.x]\n\tkey = AQBx+Y/z0aaaaaaaaaaaaa==\n'
    expect(redact([keyring], 'seen: AQBx+Y/z0aaaaaaaaaaaaa==')).toBe('seen: ********')
    expect(redact([keyring], '[client.x] is fine')).toBe('[client.x] is fine')
    const [begin, body] = [
      '-----BEGIN OPENSSH PRIVATE KEY-----',
      'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB',
    ]
    expect(redact([`${begin}\n${body}\nAAAA\n`], `${begin} then ${body}`)).toBe(`${begin} then ********`)
  })

  test('reaches into values, and leaves numbers alone', () => {
    const value = { a: ['x secret-1 y'], n: 5 }
    expect(
      redactDeep(
        value,
        redactor(() => new Set(['secret-1'])),
      ),
    ).toEqual({ a: ['x ******** y'], n: 5 })
  })
})
