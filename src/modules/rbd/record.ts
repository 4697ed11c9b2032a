import { z } from 'zod'

/**
 * What a change of roles leaves behind: who did what when and why, what was found, and what was lost. Kept at the site
 * that was promoted, so that it outlives the controller, and read by the failback.
 */
const imageRecord = z.strictObject({
  name: z.string(),
  globalId: z.string(),
  mode: z.enum(['journal', 'snapshot']),
  /** Site of the primary before, as far as it was known. */
  primary: z.string().nullable(),
  verdict: z.string(),
  /** The last that was heard of its replication here, in words. */
  last: z.string(),
  /** Seconds since 1970 of that report; for snapshots, of the newest one that had arrived whole. */
  lastTime: z.number().nullable(),
  /** Upper bound, in seconds, of what had not arrived; null where nothing tells. */
  atRisk: z.number().nullable(),
  /** Entries of its journal that had not arrived at the last report: they come on top. */
  entriesBehind: z.number().nullable().default(null),
  /** Id of the image at each site. */
  ids: z.record(z.string(), z.string()),
  /** What became of it; null while that is not known. */
  result: z.string().nullable(),
  /** Name of the copy that was kept of it; while the record is not finished, of the one that is to be. */
  kept: z.string().nullable().default(null),
})
export type ImageRecord = z.output<typeof imageRecord>

export const recordSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  kind: z.enum([
    'failover',
    'forced failover',
    'failback',
    'drill',
    'promotion',
    'forced promotion',
    'demotion',
    'resync',
    'teardown',
  ]),
  pool: z.string(),
  /** Null where only one site is worked on. */
  from: z.string().nullable(),
  to: z.string(),
  operator: z.string().nullable(),
  reason: z.string().nullable(),
  /** Seconds since 1970, by the clock of the site that keeps it. */
  started: z.number(),
  finished: z.number().nullable(),
  notes: z.array(z.string()),
  images: z.array(imageRecord),
})
export type DrRecord = z.output<typeof recordSchema>

/** Where records are kept: readable by root only, since they name guests. */
export const recordFolder = '/var/lib/ceph-playbook/records'

export type RecordDraft = Omit<DrRecord, 'version' | 'id' | 'started' | 'finished'> & { readonly time: number }

/** Seconds after which an operation that was interrupted is taken for given up: what it found tells nothing of the next. */
const goesOnFor = 7 * 86_400

/** The record of an operation that was interrupted, and goes on. */
export function openRecord(
  records: readonly DrRecord[],
  { kind, pool, from, to, time }: Pick<RecordDraft, 'kind' | 'pool' | 'from' | 'to' | 'time'>,
): DrRecord | undefined {
  return records.findLast(
    (record) =>
      record.finished === null &&
      record.kind === kind &&
      record.pool === pool &&
      record.to === to &&
      record.from === from &&
      time - record.started < goesOnFor,
  )
}

/**
 * The record of an operation that goes on: that of the run that was interrupted, if there is one, with what it found.
 * What was found first stays, since a later run finds what the first one did.
 */
export function beginRecord(records: readonly DrRecord[], draft: RecordDraft): DrRecord {
  const { time, images, notes, ...rest } = draft
  const open = openRecord(records, draft)
  if (!open)
    return { version: 1, id: idOf(rest.pool, rest.kind, time), ...rest, started: time, finished: null, notes, images }
  const known = new Set(open.images.map(({ globalId }) => globalId))
  return {
    ...open,
    reason: rest.reason ?? open.reason,
    operator: rest.operator ?? open.operator,
    notes: [...new Set([...open.notes, ...notes])],
    images: [...open.images, ...images.filter(({ globalId }) => !known.has(globalId))],
  }
}

function idOf(pool: string, kind: string, time: number): string {
  const stamp = new Date(time * 1000).toISOString().replace(/[-:]/g, '').replace(/\..*$/, 'Z')
  return `${stamp}-${pool.replaceAll('/', '_')}-${kind.replaceAll(' ', '-')}`
}

/** A record as a page for people, in Markdown. */
export function recordPage(record: DrRecord): string {
  const { kind, pool, from, to, operator, reason, started, finished, notes, images } = record
  const lost = images.filter(({ atRisk }) => atRisk === null || atRisk > 0)
  const lines = [
    `# ${kind[0]?.toUpperCase()}${kind.slice(1)} of pool ${pool}: ${from === null ? `at ${to}` : `${from} to ${to}`}`,
    '',
    `- started ${moment(started)}, ${finished === null ? 'not finished' : `finished ${moment(finished)} (${finished - started} s)`}`,
    `- by ${operator ?? 'somebody who did not say'}; reason: ${reason ?? 'none given'}`,
    `- ${images.length} images; ${lossWords(kind, lost.length)}`,
    ...notes.map((note) => `- ${note}`),
    '',
    '| image | mode | was primary at | found | last heard | at risk | result | kept as |',
    '|---|---|---|---|---|---|---|---|',
    ...images.map((image) => `| ${cellsOf(image, kind).map(forCell).join(' | ')} |`),
  ]
  return `${lines.join('\n')}\n`
}

function lossWords(kind: DrRecord['kind'], atRisk: number): string {
  if (isForced(kind)) return `${atRisk} with data at risk`
  return kind === 'resync' ? 'what only these copies had is thrown away' : 'nothing lost'
}

function isForced(kind: DrRecord['kind']): boolean {
  return kind.startsWith('forced')
}

function cellsOf(image: ImageRecord, kind: DrRecord['kind']): string[] {
  const { name, mode, primary, verdict, last, lastTime, atRisk, entriesBehind, result, kept } = image
  const behind = entriesBehind ? ` and ${entriesBehind} entries of the journal` : ''
  const risk = isForced(kind) ? (atRisk === null ? 'not known' : `${atRisk} s${behind}`) : '-'
  const heard = lastTime === null ? last : `${last} (${moment(lastTime)})`
  return [name, mode, primary ?? 'not known', verdict, heard, risk, result ?? 'not known', kept ?? '-']
}

function forCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Seconds since 1970 as people read them. */
export function moment(time: number): string {
  return `${new Date(time * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
