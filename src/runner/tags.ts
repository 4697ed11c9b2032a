export interface TagSelection {
  /** Only tasks with one of these; none means all. `tagged`, `untagged` and `all` mean what they mean in Ansible. */
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
}

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
