import type { Location } from '../core/location.ts'

/** A value that knows where it stands. `size` counts the values in it, those that aliases repeat included. */
export type Located =
  | { readonly kind: 'map'; readonly entries: readonly Entry[]; readonly location: Location; readonly size: number }
  | { readonly kind: 'list'; readonly items: readonly Located[]; readonly location: Location; readonly size: number }
  | { readonly kind: 'scalar'; readonly value: unknown; readonly location: Location; readonly size: number }

export interface Entry {
  readonly key: unknown
  readonly value: Located
  /** Where the key stands. */
  readonly location: Location
}

/** The value as plain data, Secret and Template where they stand. */
export function plain(located: Located): unknown {
  if (located.kind === 'scalar') return located.value
  if (located.kind === 'list') return located.items.map(plain)
  return Object.fromEntries(located.entries.map(({ key, value }) => [String(key), plain(value)]))
}

/** Whether there is nothing: an empty file, `~`, `null`. */
export function isEmpty(located: Located | undefined): boolean {
  return located === undefined || (located.kind === 'scalar' && located.value === null)
}
