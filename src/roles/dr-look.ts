import { InputError } from '../core/errors.ts'
import { type Task, type TaskContext, type TaskOptions, task } from '../core/task.ts'
import { joinPair, type Pair, type SiteLook } from '../modules/rbd/pair.ts'
import { type SiteImages, siteImages } from '../modules/rbd/site-images.ts'
import { adminOf, onAdmin } from './mirror-site.ts'

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
  /** What was seen at one. */
  at(context: TaskContext, site: string): SiteImages | undefined
}

/** Looks at the mirrored images of both sites. With `tolerant`, a site that does not answer is shown, and no failure. */
export function lookAtPair(
  { pool, namespace, sites }: PairOptions,
  { detail, tolerant }: { readonly detail: boolean; readonly tolerant: boolean },
): PairLook {
  const look: Task<SiteImages> = task('See the images of each site', siteImages({ pool, namespace, detail }), {
    when: onAdmin,
    ignoreErrors: tolerant,
    ignoreUnreachable: tolerant,
  })
  const at = (context: TaskContext, site: string) => left(context, look, site)
  const looks = (context: TaskContext): [SiteLook, SiteLook] => {
    const [a, b] = sites
    return [
      { site: a, found: at(context, a) },
      { site: b, found: at(context, b) },
    ]
  }
  return { task: look, at, looks, pair: (context) => joinPair(...looks(context)) }
}

/** What a task left on a site's admin host; undefined where it did not end well, which is an answer here. */
export function left<Output>(context: TaskContext, from: Task<Output>, site: string): Output | undefined {
  try {
    return context.output(from, adminOf(context, site))
  } catch {
    return undefined
  }
}

/** Time for a condition to come true, and how often it is looked at; a look at 1,000 images takes about a second. */
export function waiting(
  condition: string,
  deadline: number,
  met: (site: SiteImages) => boolean,
  rest: (site: SiteImages) => string,
): NonNullable<TaskOptions<SiteImages>['until']> {
  return {
    condition,
    met,
    delay: 3,
    deadline,
    describe: (site) => (site ? rest(site) : 'no answer'),
  }
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
