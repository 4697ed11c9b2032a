import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'
import {
  ENOENT,
  type ImageSpec,
  imageName,
  imageSpec,
  looking,
  namespaceName,
  poolName,
  snapshotName,
  within,
} from './names.ts'

interface UserSnapshot {
  readonly id: number
  readonly name: string
  /** Undefined where it was not asked for and is not listed: before Nautilus. */
  readonly protected: boolean | undefined
}

const flag = z.union([z.boolean(), z.string().transform((text) => text === 'true')])

const listSchema = z.array(
  z.object({
    id: z.number(),
    name: z.string(),
    protected: flag.optional(),
  }),
)

/** `rbd info IMAGE@SNAPSHOT`, which has told it in all releases. */
const infoSchema = z.object({ protected: flag })

interface Have {
  readonly snapshot: UserSnapshot | undefined
  /** The snapshot of the older name. */
  readonly former: UserSnapshot | undefined
}

/** A snapshot of an image, for people: those that mirroring makes are not seen here. */
export const snapshot = defineModule({
  name: 'rbd.snapshot',
  description: 'A snapshot of an image, its name, and whether it is protected (needed for clones of the old format).',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    image: imageName,
    snapshot: snapshotName,
    state: z.enum(['present', 'absent']).default('present'),
    formerly: snapshotName
      .optional()
      .describe('an older name: a snapshot of that name is renamed when there is none of the new one'),
    protected: z.boolean().optional().describe('default: left as it is'),
  }),
  absent: { snapshot: undefined, former: undefined } as Have,

  async read(args, look): Promise<Have> {
    const command = looking(cmd`rbd snap ls --format json ${imageSpec(args)}`)
    const list = (await look.json(command, listSchema, { absent: [ENOENT] })) ?? []
    const named = async (wanted: string | undefined): Promise<UserSnapshot | undefined> => {
      const found = list.find(({ name }) => name === wanted)
      if (!found) return undefined
      const unknown = found.protected === undefined && (args.protected !== undefined || args.state === 'absent')
      return { ...found, protected: unknown ? await readProtected(look, args, found.name) : found.protected }
    }
    const [snapshot, former] = await Promise.all([named(args.snapshot), named(args.formerly)])
    return { snapshot, former }
  },

  *plan(args, { snapshot, former }) {
    const spec = `${imageSpec(args)}@${args.snapshot}`
    if (args.state === 'absent') {
      if (snapshot) yield* remove(spec, snapshot)
      return
    }
    const have = snapshot ?? former
    if (!have) yield change(`snapshot ${spec}`, within(120, cmd`rbd snap create --no-progress ${spec}`))
    else if (have !== snapshot) yield rename(`${imageSpec(args)}@${have.name}`, spec)
    if (args.protected === true && !have?.protected) yield protect(spec)
    if (args.protected === false && have?.protected) yield unprotect(spec)
  },

  output: (_, { snapshot }) => snapshot,
})

async function readProtected(look: Look, spec: ImageSpec, name: string): Promise<boolean> {
  const info = await look.json(looking(cmd`rbd info --format json ${imageSpec(spec)}@${name}`), infoSchema)
  return info.protected
}

function rename(from: string, to: string): Change {
  return change(`rename ${from}`, within(120, cmd`rbd snap rename ${from} ${to}`), { from, to })
}

function* remove(spec: string, have: UserSnapshot): Iterable<Change> {
  if (have.protected) yield unprotect(spec)
  yield change(`remove snapshot ${spec}`, within(600, cmd`rbd snap rm --no-progress ${spec}`))
}

function protect(spec: string): Change {
  return change(`protect ${spec}`, within(60, cmd`rbd snap protect ${spec}`))
}

function unprotect(spec: string): Change {
  return change(`unprotect ${spec}`, within(600, cmd`rbd snap unprotect ${spec}`), undefined, {
    hint: `it may have clones: rbd children ${spec}`,
  })
}
