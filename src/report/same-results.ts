import type { HostEnd } from './failures.ts'

/** Ends that say the same, together; the rarest first, so that exceptions are seen. */
export function sameResults(ends: readonly HostEnd[]): HostEnd[][] {
  const groups = new Map<string, HostEnd[]>()
  for (const end of ends) {
    const same = JSON.stringify([end.status, end.changes, end.note, end.failure])
    groups.set(same, [...(groups.get(same) ?? []), end])
  }
  return [...groups.values()].sort((a, b) => a.length - b.length)
}
