import { type Play, play } from '../core/playbook.ts'
import type { Task } from '../core/task.ts'
import type { SiteImages } from '../modules/rbd/site-images.ts'
import { lookAtPair, type PairOptions } from './dr-look.ts'

export interface StatusPlays {
  readonly plays: readonly Play[]
  /** What it leaves on each site's admin host; nothing where that does not answer. */
  readonly look: Task<SiteImages>
}

/** Looks at both sites of a pool and changes nothing. A site that does not answer is an answer. */
export function statusPlays(options: PairOptions): StatusPlays {
  const { task: look } = lookAtPair(options, { detail: false, lacking: true, silent: options.sites[0] })
  return {
    look,
    plays: [
      play({ name: 'How the pair stands', hosts: `${options.sites.join(':')}:&mons`, become: true, tasks: [look] }),
    ],
  }
}
