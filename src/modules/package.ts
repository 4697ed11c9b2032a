import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { defineModule } from '../core/module.ts'
import { apt } from './shared/apt.ts'
import {
  detectManager,
  fits,
  type Manager,
  managers,
  type PackageManager,
  type PackageState,
  type PackageWish,
  parseWish,
  versionChange,
} from './shared/packages.ts'
import { rpmManager } from './shared/rpm.ts'

const tools: Record<Manager, PackageManager> = { apt, dnf: rpmManager('dnf'), yum: rpmManager('yum') }

const wish = z
  .string()
  .regex(/^[A-Za-z0-9][\w.+:-]*(=[\w.+:~^*-]+)?$/, 'the name of a package is expected, or name=version')

const namedOnce = (names: readonly string[]) => new Set(names.map((name) => parseWish(name).name)).size === names.length

/** Packages, by the host's own manager: apt, dnf or yum. Several names are one call. */
export const pkg = defineModule({
  name: 'package',
  description: "Packages, by the host's own manager: apt, dnf or yum. Several names are one call.",
  args: z.strictObject({
    name: z
      .union([wish, z.array(wish).min(1).refine(namedOnce, 'a package is named twice')])
      .describe('one or more; with =version (exact, or with *) to pin it'),
    state: z
      .enum(['present', 'latest', 'absent'])
      .default('present')
      .describe('latest: the newest version that the lists of the host know; see packageCache'),
    updateCache: z
      .enum(['auto', 'always', 'never'])
      .default('auto')
      .describe('lists are updated before an installation: auto when a package is not in them'),
    installRecommends: z.boolean().default(true).describe('also what is only recommended'),
    allowDowngrade: z.boolean().default(false).describe('an older version may take the place of a newer one'),
    purge: z.boolean().default(false).describe('with state absent on Debian: also its configuration'),
    use: z.enum(managers).optional().describe('the manager; detected unless given'),
  }),
  absent: { manager: 'apt', installed: {}, candidates: {}, interrupted: false },

  async read({ name, state, use }, look): Promise<PackageState> {
    const manager = use ?? (await detectManager(look))
    const names = wishesOf(name).map((wish) => wish.name)
    return { manager, ...(await tools[manager].read(look, names, state)) }
  },

  *plan({ name, state, purge, ...how }, have): Iterable<Change> {
    const wishes = wishesOf(name)
    const due = wishes.filter((wish) => isDue(wish, state, have))
    if (due.length === 0) return
    const manager = tools[have.manager]
    if (have.interrupted && manager.finishInterrupted)
      yield change('finish an installation that was cut off', manager.finishInterrupted)
    if (state === 'absent') yield removal(due, have, manager, purge)
    else yield* installation(due, have, manager, how)
  },

  output: ({ name }, { installed }) => {
    const names = wishesOf(name).map((wish) => wish.name)
    return names.every((wanted) => wanted in installed) ? { versions: installed } : undefined
  },
})

interface Installation {
  readonly updateCache: 'auto' | 'always' | 'never'
  readonly installRecommends: boolean
  readonly allowDowngrade: boolean
}

function* installation(
  due: readonly PackageWish[],
  have: PackageState,
  manager: PackageManager,
  { updateCache, installRecommends, allowDowngrade }: Installation,
): Iterable<Change> {
  const unknown = manager.listsAgeUnnoticed && due.some(({ name }) => !(name in have.candidates))
  if (updateCache === 'always' || (updateCache === 'auto' && unknown))
    yield change('update the lists of packages', manager.updateLists, undefined, { counts: false })
  const options = { recommends: installRecommends, downgrade: allowDowngrade }
  const old = due.filter(({ name, version }) => name in have.installed && version === undefined)
  const others = due.filter((wish) => !old.includes(wish))
  const hint = 'are the repositories of the host set up?'
  const names = old.map(({ name }) => name)
  if (old.length > 0) yield versionChange('update', old, have, manager.upgrade(names, options), hint)
  if (others.length > 0) yield versionChange('install', others, have, manager.install(others, options), hint)
}

function removal(due: readonly PackageWish[], have: PackageState, manager: PackageManager, purge: boolean): Change {
  const names = due.map(({ name }) => name)
  const versions = names.map((name) => `${name} ${have.installed[name]}`).join(', ')
  return change(`remove ${names.join(', ')}`, manager.remove(names, purge), { from: versions, to: undefined })
}

function isDue({ name, version }: PackageWish, state: string, { installed, candidates }: PackageState): boolean {
  const present = installed[name]
  if (state === 'absent') return present !== undefined
  if (present === undefined || (version !== undefined && !fits(present, version))) return true
  const candidate = candidates[name]
  return (
    state === 'latest' && version === undefined && candidate !== undefined && !present.split(' ').includes(candidate)
  )
}

function wishesOf(name: string | readonly string[]): readonly PackageWish[] {
  return [name].flat().map(parseWish)
}
