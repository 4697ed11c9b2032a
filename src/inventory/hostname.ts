import { isIPv6 } from 'node:net'
import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'

/** More hosts than this from one range is a slip of the keyboard. */
const maxHosts = 100_000

/**
 * The hosts that an entry names: `web[01:20:2].example.com:2222` → their names and the port, as Ansible reads it.
 *
 * @throws InputError for a range that Ansible refuses too.
 */
export function expandHosts(entry: string, location: Location): { names: readonly string[]; port?: number } {
  if (/\p{Cc}/u.test(entry))
    throw new InputError({ summary: `the host name ${JSON.stringify(entry)} holds a control character`, location })
  const { address, port } = splitPort(entry)
  const names = expandRanges(address, location)
  return port === undefined ? { names } : { names, port }
}

const range = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`
const numericRange = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`
const octet = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${numericRange})`
const label = String.raw`(?:(?:${range}|[\p{L}\p{N}_])(?:${range}|[\p{L}\p{N}_-])*(?<![_-]))`
const hostname = new RegExp(String.raw`^(?:${octet}(?:\.${octet}){3}|${label}(?:\.${label})*)$`, 'iu')
const hexRange = /\[[0-9a-f]{1,4}:[0-9a-f]{1,4}(?::[0-9]+)?\]/gi

/** Address and port as Ansible tells them apart: `host:22`, `[::1]:22`; an address without brackets has no port. */
export function splitPort(entry: string): { address: string; port?: number } {
  const match = /^\[(.+)\]:([0-9]+)$/.exec(entry) ?? /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/.exec(entry)
  const [, address = entry, port] = match ?? []
  if (port === undefined || !isAddress(address)) return { address: entry }
  return { address, port: Number(port) }
}

/** Whether this is one host name or address, ranges allowed. */
export function isAddress(text: string): boolean {
  return hostname.test(text) || isIPv6(text.replace(hexRange, '0'))
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function expandRanges(pattern: string, location: Location): readonly string[] {
  const done: string[] = []
  const waiting = [pattern]
  while (waiting.length > 0) {
    const next = waiting.pop() ?? ''
    if (!next.includes('[')) {
      done.push(next)
      continue
    }
    const [, head = '', body = '', tail = ''] = /^([^[]*)\[([^\]]*)\](.*)$/s.exec(next) ?? []
    const values = rangeValues(body, location)
    if (done.length + waiting.length + values.length > maxHosts)
      throw new InputError({ summary: `the range "${pattern}" names more than ${maxHosts} hosts`, location })
    for (const value of values.toReversed()) waiting.push(`${head}${value}${tail}`)
  }
  return done
}

function rangeValues(body: string, location: Location): readonly string[] {
  const refuse = (why: string): InputError =>
    new InputError({
      summary: `bad host range [${body}]: ${why}`,
      location,
      hint: 'write [1:9], [01:20], [01:20:2] or [a:f]',
    })
  const [from = '', to = '', step = '1', ...more] = body.split(':')
  if (!body.includes(':')) throw refuse('it has neither begin nor end')
  if (more.length > 0) throw refuse('it has begin, end and step at most')
  if (to === '') throw refuse('the end is missing')
  if (!/^[0-9]+$/.test(step) || Number(step) === 0) throw refuse('the step must be a number above 0')
  if (/^[a-zA-Z]$/.test(from) && /^[a-zA-Z]$/.test(to)) return letterRange(from, to, Number(step), refuse)
  return numberRange(from || '0', to, Number(step), refuse)
}

function letterRange(from: string, to: string, step: number, refuse: (why: string) => InputError): string[] {
  const [first, last] = [letters.indexOf(from), letters.indexOf(to)]
  if (first > last) throw refuse('it ends before it begins')
  return [...letters.slice(first, last + 1)].filter((_, index) => index % step === 0)
}

function numberRange(from: string, to: string, step: number, refuse: (why: string) => InputError): string[] {
  if (!/^[0-9]+$/.test(from) || !/^[0-9]+$/.test(to)) throw refuse('begin and end must be two numbers or two letters')
  const padded = from.length > 1 && from.startsWith('0')
  if (padded && from.length !== to.length) throw refuse('begin and end must have the same number of digits')
  const count = Math.floor((Number(to) - Number(from)) / step) + 1
  if (count > maxHosts) throw refuse(`it names more than ${maxHosts} hosts`)
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const value = String(Number(from) + index * step)
    return padded ? value.padStart(from.length, '0') : value
  })
}
