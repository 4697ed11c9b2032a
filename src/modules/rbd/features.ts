import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { within } from './names.ts'

/**
 * Features that can be switched while an image exists, in the order in which they can be switched on: each needs those
 * before it, and they go off in the opposite order (doc/man/8/rbd, “Image Features”).
 */
const switchable = ['exclusive-lock', 'object-map', 'fast-diff', 'journaling'] as const

const needs: Readonly<Record<string, readonly string[]>> = {
  'object-map': ['exclusive-lock'],
  'fast-diff': ['exclusive-lock', 'object-map'],
  journaling: ['exclusive-lock'],
}

export const feature = z.enum(['layering', 'striping', 'deep-flatten', ...switchable])
export type Feature = z.infer<typeof feature>

/** Features with all that they need, in the order in which they can be switched on. */
export function withNeeds(features: readonly Feature[]): Feature[] {
  const all = new Set<string>(features.flatMap((name) => [name, ...(needs[name] ?? [])]))
  return feature.options.filter((name) => all.has(name))
}

/** The changes that switch features on (with what they need) and off (with what needs them). */
export function* planFeatures(
  image: string,
  have: readonly string[],
  { on, off }: { readonly on: readonly Feature[]; readonly off: readonly Feature[] },
): Iterable<Change> {
  const gone = switchable.filter((name) => off.includes(name) || off.some((other) => needs[name]?.includes(other)))
  for (const name of [...gone].reverse())
    if (have.includes(name)) yield change(`${name} off`, within(120, cmd`rbd feature disable ${image} ${name}`))
  for (const name of switchable)
    if (withNeeds(on).includes(name) && !have.includes(name))
      yield change(`${name} on`, within(120, cmd`rbd feature enable ${image} ${name}`))
}

/** Of the features asked for, those that can only be given to a new image and that this one lacks. */
export function missingForGood(have: readonly string[], on: readonly Feature[]): Feature[] {
  return on.filter((name) => !have.includes(name) && !switchable.some((other) => other === name))
}
