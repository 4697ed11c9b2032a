import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { within } from './names.ts'

/**
 * Features that can be switched while an image exists. Several go on or off in one command, whatever their order, so
 * that what one needs comes with it (doc/man/8/rbd, “Image Features”).
 */
const switchable = ['exclusive-lock', 'object-map', 'fast-diff', 'journaling'] as const

/** Since Octopus, object-map and fast-diff only come and go together. */
const needs: Readonly<Record<string, readonly string[]>> = {
  'object-map': ['exclusive-lock', 'fast-diff'],
  'fast-diff': ['exclusive-lock', 'object-map'],
  journaling: ['exclusive-lock'],
}

export const feature = z.enum(['layering', 'striping', 'deep-flatten', ...switchable])
export type Feature = z.infer<typeof feature>

/** Features with all that they need. */
export function withNeeds(features: readonly Feature[]): Feature[] {
  const all = new Set<string>(features.flatMap((name) => [name, ...(needs[name] ?? [])]))
  return feature.options.filter((name) => all.has(name))
}

/** Features with all that need them. */
function withDependents(features: readonly Feature[]): Feature[] {
  return feature.options.filter(
    (name) => features.includes(name) || features.some((other) => needs[name]?.includes(other)),
  )
}

/** The changes that switch features on (with what they need) and off (with what needs them). */
export function* planFeatures(
  image: string,
  have: readonly string[],
  { on, off }: { readonly on: readonly Feature[]; readonly off: readonly Feature[] },
): Iterable<Change> {
  const excess = withDependents(off).filter((name) => isSwitchable(name) && have.includes(name))
  const missing = withNeeds(on).filter((name) => isSwitchable(name) && !have.includes(name))
  if (excess.length > 0)
    yield change(`${excess.join(', ')} off`, within(120, cmd`rbd feature disable ${image} ${excess}`))
  if (missing.length > 0)
    yield change(`${missing.join(', ')} on`, within(120, cmd`rbd feature enable ${image} ${missing}`))
}

/** Whether features that must be on need one that must be off. */
export function contradicts(on: readonly Feature[], off: readonly Feature[]): boolean {
  return withNeeds(on).some((name) => off.includes(name))
}

function isSwitchable(name: Feature): boolean {
  return switchable.some((other) => other === name)
}

/** Of the features asked for, those that can only be given to a new image and that this one lacks. */
export function missingForGood(have: readonly string[], on: readonly Feature[]): Feature[] {
  return on.filter((name) => !have.includes(name) && !isSwitchable(name))
}
