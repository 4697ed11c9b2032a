import { listed } from './batch.ts'
import type { PairImage } from './pair.ts'

/** What is wrong with images, and what mends it: a sentence for all that have the same fault, since one daemon has many. */
export function sayProblems(images: readonly PairImage[]): string[] {
  const groups = new Map<string, PairImage[]>()
  for (const image of images) {
    const fault = [image.verdict, image.problem, image.mend].join('\n').replaceAll(/\d+ s\b/g, 's')
    groups.set(fault, [...(groups.get(fault) ?? []), image])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const names = listed(group.map(({ name }) => name))
    const { verdict, problem = 'no reason is known', mend } = first
    return [`${names} ${group.length > 1 ? 'are' : 'is'} ${verdict}: ${problem}${mend ? ` (${mend})` : ''}`]
  })
}

/** A refusal with its reasons, one a line; of very many the first. */
export function withReasons(refusal: string, reasons: readonly string[]): string {
  const more = reasons.length - most
  return [`${refusal}:`, ...reasons.slice(0, most), ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

const most = 10
