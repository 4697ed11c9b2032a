import { cmd, show } from '../../core/command.ts'
import { isDrillClone } from './drill.ts'
import { isKeptCopy } from './failback-gate.ts'
import type { SiteView } from './pair.ts'

/** An image that should be mirrored and is not. */
export interface Unmirrored {
  readonly name: string
  readonly reason: string
  /** The command that mends it, at the site where the image is. */
  readonly mend: string
}

/**
 * Images of a site that should be mirrored and are not: in pool mode all but copies that were kept and the clones of
 * drills; in image mode none, since it is a choice there.
 *
 * @param pool - `POOL` or `POOL/NAMESPACE`
 */
export function unmirrored({ poolMode, withoutJournal }: SiteView, pool: string): Unmirrored[] {
  if (poolMode !== 'pool') return []
  return withoutJournal
    .filter(({ name }) => !isKeptCopy(name) && !isDrillClone(name))
    .map(({ name, lacks }) => ({
      name,
      reason: lacks.includes('exclusive-lock') ? 'no journal, nor the exclusive lock that it needs' : 'no journal',
      mend: show(cmd`rbd feature enable ${`${pool}/${name}`} ${lacks}`),
    }))
}
