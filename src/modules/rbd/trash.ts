import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { type ImageInfo, readImage } from './info.ts'
import { imageName, imageSpec, looking, namespaceName, poolName, poolSpec, within } from './names.ts'

interface Trashed {
  readonly id: string
  readonly name: string
  /** `USER`, `MIRRORING` for what a mirror daemon has put there, … */
  readonly source: string
  /** As Ceph says it. */
  readonly deletedAt: string
}

const listSchema = z.array(
  z
    .object({ id: z.string(), name: z.string(), source: z.string().default(''), deleted_at: z.string().default('') })
    .transform(({ deleted_at, ...rest }): Trashed => ({ ...rest, deletedAt: deleted_at })),
)

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  image: imageName,
  state: z
    .enum(['trashed', 'restored', 'purged'])
    .default('trashed')
    .describe('purged: deleted from the trash for good; an image of that name outside it stays'),
  id: z.string().optional().describe('which one, when several of that name are in the trash'),
  expiresAt: z
    .string()
    .optional()
    .describe('with state trashed: not purged before, as `date -d` reads it: 2026-12-24, "1 day"'),
})

type Args = z.output<typeof args>

interface Have {
  readonly info: ImageInfo | undefined
  readonly trashed: readonly Trashed[]
}

/**
 * An image in the trash, from where it can be had back; also what mirroring has put there (`rbd.deleteDelay`). In a pool
 * with pool mode, an image with journaling that is restored is mirrored again at once, as the primary [tried, 16.2.15].
 */
export const trash = defineModule({
  name: 'rbd.trash',
  description:
    'Moves an image into the trash of its pool, or out of it, or deletes it there for good; also one that was deleted on the other site and is kept here for a while (rbd.deleteDelay).',
  args,
  absent: { info: undefined, trashed: [] } as Have,

  async read(args, look): Promise<Have> {
    const list = looking(cmd`rbd trash ls ${poolSpec(args)} --all --long --format json`)
    const [info, all] = await Promise.all([readImage(look, args), look.json(list, listSchema)])
    return { info, trashed: all.filter(({ name }) => name === args.image) }
  },

  *plan(args, { info, trashed }): Iterable<Change> {
    const spec = imageSpec(args)
    if (args.state === 'trashed' && info) {
      const expires = args.expiresAt === undefined ? [] : ['--expires-at', args.expiresAt]
      yield change(`move ${spec} into the trash`, within(120, cmd`rbd trash mv ${expires} ${spec}`))
    }
    if (args.state === 'purged' && trashed.length > 0) {
      const { id } = chosen(args, trashed)
      yield change(
        `purge ${spec} from the trash`,
        within(3600, cmd`rbd trash rm --no-progress ${poolSpec(args)}/${id}`),
        {
          from: id,
          to: undefined,
        },
      )
    }
    if (args.state === 'restored' && !info) {
      const { id } = chosen(args, trashed)
      yield change(`take ${spec} out of the trash`, within(120, cmd`rbd trash restore ${poolSpec(args)}/${id}`), {
        from: id,
        to: spec,
      })
    }
  },

  output: (_, { trashed }) => trashed,
})

function chosen(args: Args, trashed: readonly Trashed[]): Trashed {
  const spec = imageSpec(args)
  const found = trashed.filter(({ id }) => args.id === undefined || id === args.id)
  const [first] = found
  if (first && found.length === 1) return first
  throw new TaskFailed({
    summary: first
      ? `${found.length} images called ${spec} are in the trash: ${found.map(({ id, deletedAt }) => `${id} (${deletedAt})`).join(', ')}`
      : `there is no ${spec}, and none in the trash either`,
    hint: first ? 'say which with id' : `rbd trash ls ${poolSpec(args)} --all`,
  })
}
