import type { PlayItem } from '../core/block.ts'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { Play } from '../core/playbook.ts'

export interface TagSelection {
  /** Only tasks with one of these; none means all. `tagged`, `untagged` and `all` mean what they mean in Ansible. */
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
}

/** All tasks, those of `never` too. */
export const everything: TagSelection = { tags: ['all', 'never'], skipTags: [] }

/**
 * Whether a task with these tags runs. `always` runs unless skipped by name; `never` runs only when one of its other
 * tags, or `never` itself, is asked for (Ansible's user guide, “Tags”).
 */
export function tagsMatch(own: readonly string[], { tags, skipTags }: TagSelection): boolean {
  return selected(own, tags.length > 0 ? tags : ['all']) && !skipTags.some((tag) => skips(tag, own))
}

function selected(own: readonly string[], tags: readonly string[]): boolean {
  if (own.includes('always') || tags.some((tag) => own.includes(tag))) return true
  if (own.includes('never')) return false
  return tags.some(
    (tag) => tag === 'all' || (tag === 'tagged' && isTagged(own)) || (tag === 'untagged' && !isTagged(own)),
  )
}

function skips(tag: string, own: readonly string[]): boolean {
  if (own.includes(tag)) return true
  if (tag === 'all') return !own.includes('always')
  return (tag === 'tagged' && isTagged(own)) || (tag === 'untagged' && !isTagged(own))
}

function isTagged(own: readonly string[]): boolean {
  return own.length > 0
}

/** Tags that mean something whether a task has them or not. */
const special = ['all', 'tagged', 'untagged', 'always', 'never']

/** @throws InputError for a tag that no task has: a typo must not pass over a task, nor let one run. */
export function refuseUnknownTags(plays: readonly Play[], { tags, skipTags }: TagSelection): void {
  const known = new Set(plays.flatMap((play) => [...play.tags, ...tagsIn(play.items)]))
  for (const [option, asked] of [
    ['--tags', tags],
    ['--skip-tags', skipTags],
  ] as const) {
    const unknown = asked.find((tag) => !special.includes(tag) && !known.has(tag))
    if (unknown === undefined) continue
    const guess = nearest(unknown, known)
    throw new InputError({
      summary: `${option}: no task has the tag "${unknown}"`,
      hint: guess ? `did you mean "${guess}"?` : '--list-tags tells which there are',
    })
  }
}

function tagsIn(items: readonly PlayItem[]): readonly string[] {
  return items.flatMap((item) => {
    if (item.kind === 'flush') return []
    if (item.kind === 'task') return item.options.tags ?? []
    return [...item.tags, ...tagsIn([...item.tasks, ...item.rescue, ...item.always])]
  })
}
