import { z } from 'zod'
import { change } from '../../../core/change.ts'
import { cmd } from '../../../core/command.ts'
import { TaskFailed } from '../../../core/errors.ts'
import { defineModule } from '../../../core/module.ts'
import { hostPitfalls } from './hosts.ts'
import { imagePitfalls } from './images.ts'
import { linkPitfalls } from './link.ts'
import type { Pitfall, PreflightFacts } from './pitfall.ts'

/** Everything that is wrong, what stops before what is only told. */
export function findPitfalls(facts: PreflightFacts): Pitfall[] {
  const link = linkPitfalls(facts)
  const self = link.some(({ kind }) => kind === 'own-cluster')
  const all = self ? link : [...link, ...hostPitfalls(facts), ...imagePitfalls(facts)]
  return [...all.filter(({ stops }) => stops), ...all.filter(({ stops }) => !stops)]
}

/** Names what was found before anything is changed; changes nothing. */
export const pitfalls = defineModule({
  name: 'rbd.pitfalls',
  description:
    'Joins what rbd.preflightSite, rbd.preflightUsers and rbd.preflightHost saw of two sites, and names every pitfall with what mends it. Fails on those that must be mended first.',
  args: z.strictObject({
    facts: z.custom<PreflightFacts>((value) => typeof value === 'object' && value !== null).describe('of both sites'),
    before: z
      .enum(['link', 'use'])
      .default('use')
      .describe('link: only what must be so before two sites are linked; use: all'),
  }),
  absent: undefined,
  read: async () => undefined,

  *plan({ facts, before }) {
    const found = chosen(facts, before)
    const stops = found.filter((pitfall) => pitfall.stops)
    if (stops.length > 0)
      throw new TaskFailed({
        summary: `nothing was changed: ${found.length} pitfall${found.length > 1 ? 's' : ''} between ${facts.sides[0].site} and ${facts.sides[1].site}, ${stops.length} of which must be mended first`,
        detail: found.map(tell).join('\n'),
      })
    for (const pitfall of found) yield change(tell(pitfall), cmd`true`, undefined, { counts: false })
  },

  output: ({ facts, before }) => chosen(facts, before),
})

function chosen(facts: PreflightFacts, before: 'link' | 'use'): Pitfall[] {
  return findPitfalls(facts).filter(({ stage }) => before === 'use' || stage === 'link')
}

function tell({ kind, where, seen, mend, stops }: Pitfall): string {
  return `${stops ? 'must be mended' : 'warning'}: ${where}: ${seen} [${kind}]\n    → ${mend}`
}
