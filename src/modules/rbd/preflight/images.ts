import { listed } from '../batch.ts'
import { joinPair, type PairImage } from '../pair.ts'
import { type Pitfall, type PreflightFacts, type Sides, stop, warning } from './pitfall.ts'

/** What is wrong with single images, each kind told once with the images that have it. */
export function imagePitfalls({ pool, sides: [a, b] }: PreflightFacts): Pitfall[] {
  const looks = [a, b].map(({ site, facts }) => ({ site, found: facts.images }))
  const [one, two] = looks
  const pair = one && two ? joinPair(one, two).images : []
  return [
    ...verdictPitfalls(pair),
    ...[[a, b] as const, [b, a] as const].flatMap((both) => [
      ...namespacePitfalls(pool, both),
      ...parentPitfalls(both),
      ...featurePitfalls(pool, both),
      ...journalPitfalls(both),
    ]),
  ]
}

/** Those that `dr status` calls broken stop; the others are told. A copy that is still on its way is no pitfall. */
function verdictPitfalls(images: readonly PairImage[]): Pitfall[] {
  const bad = images.filter(({ verdict }) => !['healthy', 'behind', 'starting', 'unseen'].includes(verdict))
  const kinds = [...new Set(bad.map(({ verdict }) => verdict))]
  return kinds.flatMap((kind) => {
    const of = bad.filter(({ verdict }) => verdict === kind)
    const [first] = of
    if (!first) return []
    const say = first.health === 'broken' ? stop : warning
    return [
      say(kind, listed(of.map(({ name }) => name)), first.problem ?? kind, first.mend ?? 'see playbook dr status'),
    ]
  })
}

function namespacePitfalls(pool: string, [own, other]: Sides): Pitfall[] {
  return Object.entries(own.facts.namespaces).flatMap(([name, mode]) => {
    const there = other.facts.namespaces[name] ?? 'not there'
    if (mode === 'disabled' || (there !== 'disabled' && there !== 'not there')) return []
    return [
      stop(
        'namespace-off',
        other.site,
        `namespace ${pool}/${name} is mirrored at ${own.site} and ${there === 'disabled' ? 'not mirrored' : 'not'} there`,
        `at ${other.site}: ${there === 'disabled' ? '' : `rbd namespace create ${pool}/${name}; `}rbd mirror pool enable ${pool}/${name} ${mode}`,
      ),
    ]
  })
}

/** A clone’s copy needs the copy of its parent. */
function parentPitfalls([own]: Sides): Pitfall[] {
  const { images, parents } = own.facts
  const linked = new Set(
    [own.facts.pool, ...own.facts.otherPools].flatMap((pool) =>
      pool && pool.mirroring.peers.length > 0 ? [pool.name.split('/')[0]] : [],
    ),
  )
  return Object.entries(parents).flatMap(([parent, info]) => {
    const clones = images.images.filter((image) => image.primary && image.parent?.startsWith(`${parent}@`))
    if (clones.length === 0) return []
    const of = `the parent of ${listed(clones.map(({ name }) => name))}`
    const flatten = `flatten the clones (rbd.clone, flattened: true)`
    if (!info)
      return [
        stop(
          'parent-trashed',
          own.site,
          `${parent}, ${of}, is in the trash or renamed`,
          `restore it and mirror it, or ${flatten}`,
        ),
      ]
    if (!linked.has(parent.split('/')[0]))
      return [
        stop(
          'parent-pool',
          own.site,
          `${parent}, ${of}, is in a pool without a peer`,
          `playbook run add-pool.ts -e pool=${parent.split('/')[0]}, or ${flatten}`,
        ),
      ]
    if (!info.mirroring)
      return [
        stop('parent-unmirrored', own.site, `${parent}, ${of}, is not mirrored`, `mirror it first, or ${flatten}`),
      ]
    return []
  })
}

/** In pool mode images are mirrored that have journaling, which needs exclusive-lock. */
function featurePitfalls(pool: string, [own]: Sides): Pitfall[] {
  const lacking = own.facts.unmirrored.filter(({ features }) => !features.includes('exclusive-lock'))
  if (lacking.length === 0) return []
  return [
    warning(
      'no-exclusive-lock',
      own.site,
      `not mirrored, since they lack exclusive-lock and so journaling: ${listed(lacking.map(({ name }) => `${pool}/${name}`))}`,
      'rbd.mirrorImage switches both on; by hand: rbd feature enable IMAGE exclusive-lock journaling',
    ),
  ]
}

function journalPitfalls([own, other]: Sides): Pitfall[] {
  const { disconnected } = own.facts
  if (disconnected.length === 0) return []
  return [
    stop(
      'journal-cut-off',
      other.site,
      `was too far behind in the journals of ${listed(disconnected)} at ${own.site}, and was cut off`,
      `playbook run resync.ts -e site=${other.site} -e image=… -e force=true; by itself with rbd_mirroring_resync_after_disconnect`,
    ),
  ]
}
