import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd, sh } from '../../core/command.ts'
import { writeFileCommand } from '../../core/files.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'
import { beginRecord, type DrRecord, recordFolder, recordPage, recordSchema } from './record.ts'

const draft = recordSchema
  .omit({ version: true, id: true, started: true, finished: true })
  .extend({ time: z.number().describe('seconds since 1970') })

const results = z.record(z.string(), z.strictObject({ result: z.string(), kept: z.string().optional() }))

/** The record of an operation, begun before anything is changed and finished at the end. */
export const siteRecord = defineModule({
  name: 'rbd.siteRecord',
  description: `What an operation found and did, as JSON and as a page for people, in ${recordFolder}.`,
  args: z.strictObject({
    draft: draft.describe('what was found; an open record of the same operation goes on, with what it found first'),
    results: results.default({}).describe('by global id: what became of images'),
    finished: z.number().optional().describe('seconds since 1970; given when the operation is over'),
  }),
  absent: [] as readonly DrRecord[],
  read: (_, look) => readRecords(look),

  *plan(args, have): Iterable<Change> {
    const record = amended(args, have)
    const known = have.find(({ id }) => id === record.id)
    if (JSON.stringify(known) === JSON.stringify(record)) return
    yield change(
      `${record.finished === null ? 'write' : 'finish'} the record ${record.id}`,
      cmd`install -d -m 0700 ${recordFolder}`,
      undefined,
      { counts: false },
    )
    yield write(`${record.id}.md`, recordPage(record))
    yield write(`${record.id}.json`, `${JSON.stringify(record, undefined, 1)}\n`)
  },

  output: (args, have) => amended(args, have),
})

interface Amendment {
  readonly draft: z.output<typeof draft>
  readonly results: z.output<typeof results>
  readonly finished?: number | undefined
}

function amended({ draft, results, finished }: Amendment, have: readonly DrRecord[]): DrRecord {
  const just = finished === undefined ? undefined : have.findLast((record) => record.finished === finished)
  if (just) return just
  const record = beginRecord(have, draft)
  return {
    ...record,
    finished: finished ?? null,
    images: record.images.map((image) => {
      const { result, kept } = results[image.globalId] ?? {}
      return { ...image, result: result ?? image.result, kept: kept ?? (finished === undefined ? image.kept : null) }
    }),
  }
}

function write(name: string, content: string): Change {
  const path = `${recordFolder}/${name}`
  return change(
    `write ${path}`,
    writeFileCommand({ path, content, owner: 'root', group: 'root', mode: '0600' }),
    undefined,
    {
      counts: false,
    },
  )
}

/** The records of a site, oldest first; changes nothing. */
export const siteRecords = defineModule({
  name: 'rbd.siteRecords',
  description: `Looks at the records of failovers and failbacks that are kept on this host, in ${recordFolder}.`,
  args: z.strictObject({}).prefault({}),
  absent: [] as readonly DrRecord[],
  read: (_, look) => readRecords(look),
  plan: () => [],
  output: (_, have) => have,
})

/** A file that is no record, or one of another release, must not keep a site from being failed over: it is passed over. */
async function readRecords(look: Look): Promise<readonly DrRecord[]> {
  const command = { ...sh(readAll, recordFolder), display: `cat ${recordFolder}/*.json` }
  return (await look.text(command)).split('\n').flatMap((line) => {
    const { success, data } = recordSchema.safeParse(parsed(line))
    return success ? [data] : []
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** A line each. File names begin with the time, so that their order is that of the records. */
const readAll = `for file in "$1"/*.json; do
  [ -f "$file" ] && tr -d '\\n' < "$file" && echo
done
true`
