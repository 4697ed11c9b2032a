import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { formatLocation, type Location } from '../core/location.ts'

/** Control characters but line ends and tabs, and those that turn the direction of text around. */
const controls = /[\u2028-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}/gu

/** Text of others made harmless: no terminal escapes, no control characters but line ends and tabs. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\r\n?/g, '\n').replace(controls, '')
}

/** One line of it, the last that says something: what a progress display has room for. */
export function lastLine(text: string): string {
  return plain(text).trimEnd().split('\n').at(-1)?.trim() ?? ''
}

/** `0.3s`, `42s`, `2m05s`, `1h02m`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`
  const minutes = Math.floor(whole / 60)
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`
}

/** `1 host`, `3 hosts`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** `a, b, c and 17 more`. */
export function names(all: readonly string[], most = 5): string {
  return all.length <= most + 1 ? all.join(', ') : `${all.slice(0, most).join(', ')} and ${all.length - most} more`
}

export function indent(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by))
}

/** A place in a playbook, relative to the folder when it is below it. */
export function place(location: Location, folder: string): string {
  const path = relative(folder, location.file)
  const file = path.startsWith('..') ? location.file : path
  return formatLocation({ file, line: location.line })
}

/** At most so many characters, the cut marked. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
