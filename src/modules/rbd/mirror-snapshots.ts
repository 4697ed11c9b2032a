import { z } from 'zod'
import { type Command, cmd } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'
import { ENOENT, type ImageSpec, imageSpec, isSyncPoint, looking } from './names.ts'

/** A snapshot that mirroring made, oldest first; captured from 16.2.15. */
export interface MirrorSnapshot {
  readonly id: number
  readonly name: string
  /** `primary`, `demoted`, `non-primary`, `non-primary (demoted)`. */
  readonly state: string
  /** Whether all of it has arrived. */
  readonly complete: boolean
  /** Seconds since 1970, by the clock of the cluster that has it. */
  readonly time: number | undefined
  /** The snapshot of the primary that it is a copy of. */
  readonly primarySnapshot: number | undefined
}

const snapshotSchema = z.object({
  id: z.number(),
  name: z.string(),
  timestamp: z.string().default(''),
  namespace: z
    .object({
      type: z.string(),
      state: z.string().default(''),
      complete: z.boolean().default(true),
      primary_snap_id: z.number().optional(),
    })
    .optional(),
})

const mirrorSchema = z.array(snapshotSchema).transform((snapshots) =>
  snapshots.flatMap(({ id, name, timestamp, namespace }): MirrorSnapshot[] => {
    if (namespace?.type !== 'mirror') return []
    const { state, complete, primary_snap_id: primarySnapshot } = namespace
    return [{ id, name, state, complete, time: parseDate(timestamp), primarySnapshot }]
  }),
)

/** `Sun Nov 22 07:31:44 2026`, printed in UTC because we ask for it, as seconds since 1970. */
function parseDate(text: string): number | undefined {
  const time = Date.parse(`${text} UTC`)
  return Number.isNaN(time) ? undefined : time / 1000
}

export async function readMirrorSnapshots(look: Look, spec: ImageSpec): Promise<readonly MirrorSnapshot[]> {
  return (await look.json(listCommand(spec), mirrorSchema, { absent: [ENOENT] })) ?? []
}

/** Whether there is a sync point: the first copy of an image with a journal is under way, or was cut off once (see isPiece). */
export async function readHasSyncPoint(look: Look, spec: ImageSpec): Promise<boolean> {
  const all = (await look.json(listCommand(spec), z.array(snapshotSchema), { absent: [ENOENT] })) ?? []
  return all.some(({ name }) => isSyncPoint(name))
}

function listCommand(spec: ImageSpec): Command {
  return looking(cmd`rbd snap ls --all --format json ${imageSpec(spec)}`)
}
