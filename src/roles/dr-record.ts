import { type Block, block } from '../core/block.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { type Decision, recordImages } from '../modules/rbd/gates.ts'
import { poolSpec } from '../modules/rbd/names.ts'
import { type DrRecord, openRecord } from '../modules/rbd/record.ts'
import { siteImages } from '../modules/rbd/site-images.ts'
import { siteRecord, siteRecords } from '../modules/rbd/site-record.ts'
import { hasEnded, leftAt, namesOf, type PairLook } from './dr-look.ts'
import type { FailoverOptions } from './dr-options.ts'

interface Found {
  readonly look: PairLook
  readonly decision: Decision
  /** Told on the target's admin host alone. */
  readonly notes: () => readonly string[]
  /** Names of copies that are to be kept, by image. */
  readonly kept?: ReadonlyMap<string, string>
}

/** Tasks for the target's admin host that keep the record of a failover. */
export interface FailoverRecord {
  /** Before the others: what records there are. */
  readonly read: Task<readonly DrRecord[]>
  /** What was found, before anything is changed. */
  readonly begin: Task<DrRecord>
  /** What became of it. */
  readonly end: Block
  /** Images that move, and those that a run which was interrupted has moved: not proven yet, or not on record. */
  unproven(context: TaskContext): string[]
}

/** The record of a failover, kept at its target. A run that goes on where another was interrupted finishes its record. */
export function failoverRecord(
  options: Pick<FailoverOptions, 'pool' | 'namespace' | 'from' | 'to' | 'operator' | 'reason'>,
  kind: DrRecord['kind'],
  found: (context: TaskContext) => Found,
): FailoverRecord {
  const { pool, namespace, from, to, operator, reason } = options
  const spec = { kind, pool: poolSpec({ pool, namespace }), from, to }
  const draft = (context: TaskContext) => {
    const { look, decision, notes, kept } = found(context)
    const now = look.at(context, to)?.now ?? 0
    const images = recordImages(decision.moving, to, now, look.pair(context).canaries)
    return {
      ...spec,
      operator: operator ?? null,
      reason: reason ?? null,
      notes: [...notes()],
      images: images.map((image) => ({ ...image, kept: kept?.get(image.name) ?? null })),
      time: now,
    }
  }
  const read = task('Read the records', siteRecords({}))
  const begin = task(
    'Record what was found',
    siteRecord((context) => ({ draft: draft(context) })),
  )
  const open = (context: TaskContext) =>
    openRecord(leftAt(context, read, to), { ...spec, time: found(context).look.at(context, to)?.now ?? 0 })
  const after = task('See what became of each image', siteImages({ pool, namespace }))
  const results = (context: TaskContext) => {
    const { images, others } = leftAt(context, after, to)
    const begun = hasEnded(context, begin, to) ? leftAt(context, begin, to) : open(context)
    const intended = new Map(begun?.images.map(({ globalId, kept }) => [globalId, kept ?? '']))
    return images.map(({ globalId, primary }) => {
      const kept = others.find((name) => name === intended.get(globalId))
      return [globalId, { result: primary ? `primary at ${to}` : 'not promoted', kept }]
    })
  }
  return {
    read,
    begin,
    end: block({
      tasks: [
        after,
        task(
          'Record what was done',
          siteRecord((context) => ({
            draft: draft(context),
            results: Object.fromEntries(results(context)),
            finished: leftAt(context, after, to).now,
          })),
        ),
      ],
    }),
    unproven: (context) => {
      const { moving, done } = found(context).decision
      const begun = new Set(open(context)?.images.map(({ globalId }) => globalId))
      return namesOf([...moving, ...done.filter(({ globalId }) => begun.has(globalId))])
    },
  }
}
