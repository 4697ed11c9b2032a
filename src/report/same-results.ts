import type { HostEnd } from '../core/events.ts'
import type { ReportOptions } from './options.ts'

/**
 * Ends that say the same but for the host's own name, together; the rarest first, so that exceptions are seen. What each
 * change turns into what counts where it is shown.
 */
export function sameResults(ends: readonly HostEnd[], { diff: shown }: Pick<ReportOptions, 'diff'>): HostEnd[][] {
  const groups = new Map<string, HostEnd[]>()
  for (const end of ends) {
    const changes = end.changes.map(({ fingerprint: _, diff, ...seen }) => (shown ? { ...seen, diff } : seen))
    const same = nameless(JSON.stringify([end.status, changes, end.note, end.failure]), end.host)
    groups.set(same, [...(groups.get(same) ?? []), end])
  }
  return [...groups.values()].sort((a, b) => a.length - b.length)
}

/** What is told once for several hosts: `<host>` stands for the name of each. */
export function forEachHost(lines: readonly string[], ends: readonly HostEnd[]): string[] {
  const [first] = ends
  return lines.map((line) => (first && ends.length > 1 ? nameless(line, first.host) : line))
}

function nameless(text: string, host: string): string {
  return text.replace(new RegExp(`(?<!\\w)${host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`, 'g'), '<host>')
}
