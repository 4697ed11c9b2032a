import { block, type TaskItem } from '../core/block.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { type MirroredImagesOutput, mirroredImages } from '../modules/rbd/looks.ts'
import type { MirroredImage } from '../modules/rbd/mirrored.ts'
import { type DrRecord, type ImageRecord, openRecord, type RecordDraft } from '../modules/rbd/record.ts'
import { siteRecord, siteRecords } from '../modules/rbd/site-record.ts'
import { siteOf } from './ceph-hosts.ts'
import { onAdmin } from './mirror-site.ts'

/** Who changes roles at a site, and why; kept in the record. */
export interface RecordOptions {
  readonly pool: string
  /** Default: every mirrored image of the pool. */
  readonly image?: string | undefined
  readonly operator?: string | undefined
  readonly reason?: string | undefined
}

export interface ChangeOptions extends RecordOptions {
  readonly kind: DrRecord['kind']
  /** Whether it is one of those whose role changes, as found before. */
  changes(image: MirroredImage): boolean
  /** What became of it, in words, once all is done. `image`: undefined when it is not mirrored any more; `id`: what it had. */
  result(image: MirroredImage | undefined, id: string | undefined): string
}

/** Tasks that keep the record of what is done to images at one site, around those that do it. For plays on `mons`. */
export interface ChangeRecord {
  /** What there is; before anything is changed. */
  readonly before: Task<MirroredImagesOutput>
  readonly begin: TaskItem
  readonly end: TaskItem
}

/** A run that goes on where another was interrupted finishes its record. Where nothing changes, nothing is written. */
export function changeRecord({ kind, changes, result, ...options }: ChangeOptions): ChangeRecord {
  const { pool, image, operator = null, reason = null } = options
  const canaries = kind === 'teardown'
  const before = task('See what there is', mirroredImages({ pool, image, canaries }), { when: onAdmin })
  const known = task('Read the records', siteRecords({}))
  // Of all: the run that was interrupted may have been about more images than this one.
  const after = task('See what became of each image', mirroredImages({ pool, canaries }))
  const moving = (context: TaskContext) => context.output(before).images.filter(changes)
  const draft = (context: TaskContext): RecordDraft => {
    const to = siteOf(context.host)
    const { now } = context.output(before)
    const images = moving(context).map((found) => imageRecord(found, { kind, site: to, now }))
    return { kind, pool, from: null, to, operator, reason, notes: [], images, time: now }
  }
  const started = task(
    'Record what was found',
    siteRecord((context) => ({ draft: draft(context) })),
    { when: (context) => moving(context).length > 0 },
  )
  const open = (context: TaskContext) =>
    context.ran(started) ? context.output(started) : openRecord(context.output(known), draft(context))
  const results = (context: TaskContext) => {
    const left = new Map(context.output(after).images.map((found) => [found.info.mirroring.globalId, found]))
    const site = siteOf(context.host)
    const images = open(context)?.images ?? []
    return Object.fromEntries(
      images.map(({ globalId, ids }) => [globalId, { result: result(left.get(globalId), ids[site]) }]),
    )
  }
  const finished = task(
    'Record what was done',
    siteRecord((context) => ({
      draft: draft(context),
      results: results(context),
      finished: context.output(after).now,
    })),
  )
  return {
    before,
    begin: block({ when: onAdmin, tasks: [known, started] }),
    end: block({
      when: (context) => onAdmin(context) && context.ran(known) && open(context) !== undefined,
      tasks: [after, finished],
    }),
  }
}

interface Circumstances {
  readonly kind: DrRecord['kind']
  readonly site: string
  readonly now: number
}

/** One site alone is asked: what is known of the other is what its daemon last said here. */
function imageRecord({ info, status }: MirroredImage, { kind, site, now }: Circumstances): ImageRecord {
  const { name, id, mirroring } = info
  const elsewhere = status?.peers.find(({ saysPrimary }) => saysPrimary)?.site
  const lastTime = status?.lastUpdate ?? null
  return {
    name,
    globalId: mirroring.globalId,
    mode: mirroring.mode,
    primary: mirroring.primary ? site : (elsewhere ?? null),
    verdict: status ? `${status.up ? 'up' : 'down'}+${status.state}` : 'no report',
    last: status?.description || 'no report',
    lastTime,
    atRisk: kind === 'forced promotion' && lastTime !== null ? Math.max(0, now - lastTime) : null,
    entriesBehind: status?.replay?.mode === 'journal' ? status.replay.entriesBehind : null,
    ids: { [site]: id },
    result: null,
    kept: null,
  }
}
