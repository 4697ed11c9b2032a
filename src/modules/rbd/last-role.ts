import type { SiteImage } from './site-images.ts'

/**
 * What a site knows of the last change of an image's role. Ceph promotes without force wherever an image is demoted, and
 * looks at nothing but this: also when the other site has been promoted and written since, and the news has not arrived
 * (librbd/mirror/GetInfoRequest.cc, PROMOTION_STATE_ORPHAN).
 */
export interface LastRole {
  /** `follows`: it knows the other site as primary. `demoted there`: the demotion of the other site has arrived. */
  readonly role: 'primary' | 'follows' | 'demoted here' | 'demoted there'
  /** Names the last demotion; the same at both sites. */
  readonly demotion: string | undefined
  /** Demotions of the other site that have arrived here. */
  readonly heard: readonly string[]
}

type RoleClues = Pick<SiteImage, 'mode'> & Partial<Pick<SiteImage, 'lastRole' | 'snapshots'>>

/** Undefined where it cannot be told, as of a copy that has no mirror snapshot yet. */
export function lastRole({ mode, lastRole: ofJournal, snapshots = [] }: RoleClues): LastRole | undefined {
  if (mode === 'journal') return ofJournal
  const last = snapshots.at(-1)
  if (!last) return undefined
  const heard = snapshots.flatMap(({ state, primarySnapshot }) =>
    state === 'non-primary (demoted)' ? String(primarySnapshot) : [],
  )
  if (last.state === 'demoted') return { role: 'demoted here', demotion: String(last.id), heard }
  if (last.state === 'non-primary (demoted)')
    return { role: 'demoted there', demotion: String(last.primarySnapshot), heard }
  return { role: last.state === 'primary' ? 'primary' : 'follows', demotion: undefined, heard }
}

/**
 * Whether one site has been primary later than the other knows: to promote the other would lose what was written. False
 * where it cannot be told.
 */
export function wasPrimaryLater(image: RoleClues, other: RoleClues): boolean {
  const [there, here] = [lastRole(image), lastRole(other)]
  if (!there || !here) return false
  if (there.role === 'primary') return here.role !== 'follows'
  if (there.role !== 'demoted here' || there.demotion === undefined) return false
  if (here.role === 'demoted there') return here.demotion !== there.demotion
  return here.role === 'demoted here' && !here.heard.includes(there.demotion)
}
