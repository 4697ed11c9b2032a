import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { type MirroredImage, noImages, readMirrored, requireMirrored } from './mirrored.ts'
import { imageName, imageSpec, namespaceName, poolName, within } from './names.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName.optional().describe('default: every image of the pool that is in split-brain'),
  imageId: z
    .string()
    .optional()
    .describe('id of the copy that is to be thrown away: when it has another one by now, nothing is done'),
  force: z
    .boolean()
    .default(false)
    .describe('throw the copy away although no split-brain is seen, or no primary to copy from'),
  refuseOnly: z.boolean().default(false).describe('only refuse what is to be refused, and change nothing yet'),
})

type Args = z.output<typeof args>

/** A full new copy of an image from its primary. The old copy is deleted first. */
export const resync = defineModule({
  name: 'rbd.resync',
  description:
    'Copies an image anew from its primary, after split-brain. The local copy is deleted first, so it is refused on a primary, and without a primary to copy from.',
  args,
  absent: noImages,
  read: (args, look) => readMirrored(look, args),

  *plan(args, have) {
    requireMirrored(args, have)
    const changes = have.images.flatMap((image) => [...planResync(args, image)])
    if (!args.refuseOnly) yield* changes
  },

  output: (_, { images }) =>
    images.map(({ info, status }) => ({
      image: info.name,
      id: info.id,
      primary: info.mirroring.primary,
      state: status?.state,
      splitBrain: status?.splitBrain ?? false,
    })),
})

function* planResync(args: Args, image: MirroredImage): Iterable<Change> {
  const { info, status } = image
  const spec = imageSpec({ ...args, image: info.name })
  const named = args.image !== undefined
  if (args.imageId !== undefined && args.imageId !== info.id) return
  if (info.mirroring.primary) {
    if (named) throw primaryHere(spec)
    return
  }
  if (!status?.splitBrain && !args.force) {
    if (named && args.imageId === undefined) throw noSplitBrain(spec, image)
    if (!named) return
  }
  if (!args.force) refuseWithoutSource(spec, image)
  yield change(
    `copy ${spec} anew from ${sourceOf(image)?.site ?? 'its primary'}`,
    within(60, cmd`rbd mirror image resync ${spec}`),
    { from: status?.description || status?.state, to: 'a new copy' },
  )
}

function sourceOf({ status }: MirroredImage) {
  return status?.peers.find(({ saysPrimary }) => saysPrimary)
}

function refuseWithoutSource(spec: string, image: MirroredImage): void {
  if (sourceOf(image)?.up) return
  throw new TaskFailed({
    summary: `${spec} is not copied anew: no other site says that it is primary and alive, and the copy here is deleted first`,
    hint: 'promote it where it is to be kept, see that the daemons there run, and try again',
  })
}

function primaryHere(spec: string): TaskFailed {
  return new TaskFailed({
    summary: `${spec} is primary here and cannot be copied anew from elsewhere`,
    hint: 'choose which side is to be thrown away, and demote it there first (demote.ts)',
  })
}

function noSplitBrain(spec: string, { status }: MirroredImage): TaskFailed {
  return new TaskFailed({
    summary: `${spec} is not in split-brain (${status?.description || status?.state || 'no status yet'}): copying it anew would delete a copy that may be good`,
    hint: 'wait for its status (up to 30 s after a demotion), or insist with -e force=true',
  })
}
