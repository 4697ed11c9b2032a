import type { z } from 'zod'
import { InputError } from '../core/errors.ts'
import { type Task, type TaskContext, type TaskOptions, task } from '../core/task.ts'
import { listed } from '../modules/rbd/batch.ts'
import { joinPair, type Pair, type PairImage } from '../modules/rbd/pair.ts'
import { openImages, openToTheDead, type SiteImages, type SiteLook, siteImages } from '../modules/rbd/site-images.ts'
import { type SiteProgress, siteProgress } from '../modules/rbd/site-progress.ts'
import { adminOf, onAdmin, onAdminOf } from './mirror-site.ts'

export interface PairOptions {
  readonly pool: string
  readonly namespace?: string | undefined
  readonly sites: readonly [string, string]
}

/** A look at both sites. For plays on `mons`; done once a site. */
export interface PairLook {
  readonly task: Task<SiteImages>
  /** What was seen at both, a site that could not be looked at included. */
  looks(context: TaskContext): readonly [SiteLook, SiteLook]
  pair(context: TaskContext): Pair
  /** That a site which has to answer could not be looked at, in words. For gates that come after the look. */
  unseen(context: TaskContext, site: string): string | undefined
  /** What was seen at one. */
  at(context: TaskContext, site: string): SiteImages | undefined
}

/**
 * Looks at the mirrored images of both sites. A site that may be `silent` does not end the run when it does not answer,
 * which is shown, and told by `at`; the other one has to answer.
 */
export function lookAtPair(
  { pool, namespace, sites }: PairOptions,
  { detail, silent, lacking }: { readonly detail: boolean; readonly silent?: string; readonly lacking?: boolean },
): PairLook {
  const tolerant = silent !== undefined
  const look = task('See the images of each site', siteImages({ pool, namespace, detail, lacking }), {
    when: onAdmin,
    ignoreErrors: tolerant,
    ignoreUnreachable: tolerant,
  })
  const unseen = (context: TaskContext, site: string) =>
    hasEnded(context, look, site)
      ? undefined
      : `nothing was changed: ${site} cannot be looked at; why is told above, at "${look.name}", and by playbook dr status`
  const at = (context: TaskContext, site: string) => {
    if (site !== silent) return leftAt(context, look, site)
    // Thrown while the look is not over: until then nothing must be concluded from its silence.
    leftAt(context, look, otherOf(sites, site))
    try {
      return leftAt(context, look, site)
    } catch {
      return undefined
    }
  }
  const looks = (context: TaskContext): [SiteLook, SiteLook] => {
    const [a, b] = sites
    return [
      { site: a, found: at(context, a) },
      { site: b, found: at(context, b) },
    ]
  }
  return { task: look, unseen, at, looks, pair: (context) => joinPair(...looks(context)) }
}

/** What a task left on a site's admin host. */
export function leftAt<Output>(context: TaskContext, from: Task<Output>, site: string): Output {
  return context.output(from, adminOf(context, site))
}

/** A task that looks at the copies of a site until they are as wanted; names those that are not, and why. */
export function waitFor(
  name: string,
  deadline: number,
  args: (context: TaskContext) => z.input<typeof siteProgress.definition.args>,
  options: Omit<TaskOptions<SiteProgress>, 'until'> = {},
): Task<SiteProgress> {
  return task(name, siteProgress(args), {
    ...options,
    until: {
      condition: 'every image is there',
      met: ({ pending }) => pending.length === 0,
      delay: 3,
      deadline,
      describe: (progress) =>
        progress ? `${progress.pending.length} left: ${listed(progress.pending, 3)}` : 'no answer',
    },
  })
}

/** Waits until it is known of each copy whether it diverged. */
export interface Settlement {
  readonly task: Task<SiteProgress>
  /** Names of those that did. */
  diverged(context: TaskContext, site: string): readonly string[]
}

/**
 * A task that waits until copies follow, or are known to have diverged. Of one that has, a daemon tries again and again to
 * replay it, and says so meanwhile: of many, never all are said to have diverged at the same time. What was said once counts.
 */
export function waitUntilSettled(
  name: string,
  deadline: number,
  args: (context: TaskContext) => Omit<z.input<typeof siteProgress.definition.args>, 'until'>,
): Settlement {
  const told = new Set<string>()
  const { options, ...rest } = waitFor(name, deadline, (context) => ({ ...args(context), until: 'settled' }))
  const left = (progress: SiteProgress) => progress.pending.filter((_, index) => !told.has(progress.left[index] ?? ''))
  const until = {
    condition: 'it is known of every image whether it diverged',
    met: (progress: SiteProgress) => {
      for (const image of progress.diverged) told.add(image)
      return left(progress).length === 0
    },
    delay: 3,
    deadline,
    describe: (progress: SiteProgress | undefined) =>
      progress ? `${left(progress).length} left: ${listed(left(progress), 3)}` : 'no answer',
  }
  const waiting = { ...rest, options: { ...options, until } }
  return {
    task: waiting,
    diverged: (context, site) => [...new Set([...leftAt(context, waiting, site).diverged, ...told])],
  }
}

/**
 * For half a minute a site believes in clients that died with their images open: in all of them when it comes back from an
 * outage, in our own commands when the run before this one was killed.
 */
export function waitForTheDead({ pool, namespace }: Pick<PairOptions, 'pool' | 'namespace'>, site: string) {
  return task(`Wait until ${site} has forgotten clients that died`, siteImages({ pool, namespace, detail: true }), {
    when: onAdminOf(site),
    ignoreErrors: true,
    ignoreUnreachable: true,
    until: {
      condition: 'no client that died has an image open',
      met: (seen) => openToTheDead(seen).length === 0,
      delay: 5,
      deadline: 60,
      describe: (seen) => `open: ${seen ? listed(openToTheDead(seen), 3) : 'no answer'}`,
    },
  })
}

/** A task that looks until no client has an image open: one that was stopped without a goodbye is forgotten after 30 s. */
export function waitUntilClosed(
  { pool, namespace }: Pick<PairOptions, 'pool' | 'namespace'>,
  images: (context: TaskContext) => string[],
  options: Omit<TaskOptions<SiteImages>, 'until'> = {},
): Task<SiteImages> {
  return task(
    'Wait until no client has an image open',
    siteImages((context) => ({ pool, namespace, images: images(context), detail: true })),
    {
      ...options,
      until: {
        condition: 'no client has an image open',
        met: (site) => openImages(site).size === 0,
        delay: 3,
        deadline: 60,
        describe: (site) => {
          const open = [...(site ? openImages(site) : [])]
          return `${open.length} open: ${listed(
            open.map(([image, by]) => `${image} by ${by.join(' and ')}`),
            3,
          )}`
        },
      },
    },
  )
}

/** Whether a task has run to its good end on a site's admin host; with `--check`, whether it would have. */
export function hasEnded(context: TaskContext, done: Task<unknown>, site: string): boolean {
  return context.ran(done, adminOf(context, site))
}

export function namesOf(images: readonly Pick<PairImage, 'name'>[]): string[] {
  return images.map(({ name }) => name)
}

/** Images as a look at their progress names them. */
export function wanted(images: readonly Pick<PairImage, 'name' | 'globalId'>[]) {
  return images.map(({ name, globalId }) => ({ name, globalId }))
}

/** The other one of two sites. @throws InputError when the site is none of them. */
export function otherOf([a, b]: readonly [string, string], site: string): string {
  if (site === a) return b
  if (site === b) return a
  throw new InputError({
    summary: `the site ${site} is neither ${a} nor ${b}`,
    hint: 'name the two sites of the pair: -e sites=A,B',
  })
}
