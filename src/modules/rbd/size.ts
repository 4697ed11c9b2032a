import { z } from 'zod'

const units = ['', 'K', 'M', 'G', 'T', 'P']

/** Bytes, as a number or as `512M`, `10G`, `1T` (powers of 1024, as in `rbd --size`). */
export const size = z
  .union([
    z.int().positive(),
    z.string().regex(/^\d+[KMGTP]?(i?B)?$/, 'a size is a number of bytes, or like 512M, 10G, 1T'),
  ])
  .transform(toBytes)

function toBytes(value: number | string): number {
  if (typeof value === 'number') return value
  const [, number = '0', unit = ''] = /^(\d+)([KMGTP]?)/.exec(value) ?? []
  return Number(number) * 1024 ** units.indexOf(unit)
}

/** The largest unit in which it is a whole number: `10G`, `1536M`. */
export function showSize(bytes: number): string {
  const power = units.findLastIndex((_, index) => bytes % 1024 ** index === 0)
  return bytes === 0 ? '0B' : `${bytes / 1024 ** power}${units[power]}${power === 0 ? 'B' : ''}`
}
