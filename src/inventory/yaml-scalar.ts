/**
 * Plain scalars as PyYAML types them (YAML 1.1, https://yaml.org/type/): `yes` is true, `0777` is 511, `1e3` is text,
 * `190:20:30` is a number in base 60, a date is text in ISO form. An integer that a JavaScript number cannot hold
 * exactly stays text, so that no digit is lost.
 */
export function typePlainScalar(text: string): string | number | boolean | null {
  const rule = rules.find(({ pattern }) => pattern.test(text))
  return rule ? rule.read(text) : text
}

interface Rule {
  readonly pattern: RegExp
  read(text: string): string | number | boolean | null
}

const rules: readonly Rule[] = [
  { pattern: /^(?:~|null|Null|NULL|)$/, read: () => null },
  { pattern: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, read: () => true },
  { pattern: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, read: () => false },
  {
    pattern: /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
    read: readInteger,
  },
  {
    pattern:
      /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    read: readFloat,
  },
  { pattern: /^\d{4}-\d\d-\d\d$/, read: (text) => text },
  {
    pattern: /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
    read: readTimestamp,
  },
]

function readInteger(text: string): number | string {
  const sign = text.startsWith('-') ? -1n : 1n
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '')
  const value = sign * magnitude(digits)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

function magnitude(digits: string): bigint {
  if (digits.includes(':')) return sexagesimal(digits.split(':'))
  if (/^0[0-7]/.test(digits)) return BigInt(`0o${digits.slice(1)}`)
  return BigInt(/^0[bx]$/.test(digits) ? 0 : digits)
}

function sexagesimal(parts: readonly string[]): bigint {
  return parts.reduce((sum, part) => sum * 60n + BigInt(part), 0n)
}

function readFloat(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const rest = text.replace(/^[-+]/, '').replaceAll('_', '').toLowerCase()
  if (rest === '.inf') return sign * Number.POSITIVE_INFINITY
  if (rest === '.nan') return Number.NaN
  if (!rest.includes(':')) return sign * Number(rest)
  return sign * rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

/** `2024-1-2 3:04:05.5 +01:00` → `2024-01-02T03:04:05.500000+01:00`, as Python's `isoformat` writes it. */
function readTimestamp(text: string): string {
  const match = /^(\d+)-(\d+)-(\d+)\D+(\d+):(\d+):(\d+)(?:\.(\d*))?\s*(Z|[-+].*)?$/.exec(text)
  if (!match) return text
  const [, year, month, day, hour, minute, second, fraction = '', zone = ''] = match
  const two = (part = '') => part.padStart(2, '0')
  const micro = fraction.slice(0, 6).padEnd(6, '0')
  const time = `${two(hour)}:${two(minute)}:${two(second)}${Number(micro) ? `.${micro}` : ''}`
  return `${year}-${two(month)}-${two(day)}T${time}${readZone(zone)}`
}

function readZone(zone: string): string {
  if (zone === '') return ''
  if (zone === 'Z') return '+00:00'
  const [hours = '', minutes = '00'] = zone.slice(1).split(':')
  return `${zone[0]}${hours.padStart(2, '0')}:${minutes}`
}
