import { z } from 'zod'
import { defineModule } from '../../../core/module.ts'
import { Secret } from '../../../core/secret.ts'
import { ceph } from '../../ceph/client.ts'
import { ENOENT } from '../names.ts'

/** A user of a cluster: undefined where the cluster knows none of that name. */
export interface UserFacts {
  readonly key: Secret
  readonly caps: Readonly<Record<string, string>>
}

const usersSchema = z.array(
  z.object({ entity: z.string(), key: z.string(), caps: z.record(z.string(), z.string()).default({}) }),
)

/** Users of a cluster that daemons log in as, their own and those that the other site has written down. */
export const preflightUsers = defineModule({
  name: 'rbd.preflightUsers',
  description: 'Looks which users of a cluster exist, what they may do, and their keys; for rbd.pitfalls.',
  args: z.strictObject({ entities: z.array(z.string().regex(/^client\.[^@\s]+$/)).describe('client.NAME, …') }),
  absent: undefined as Readonly<Record<string, UserFacts | undefined>> | undefined,

  async read({ entities }, look): Promise<Readonly<Record<string, UserFacts | undefined>> | undefined> {
    const found = await Promise.all(
      entities.map(async (entity) => {
        const command = { ...ceph`auth get ${entity} --format json`, sensitive: true }
        const users = await look.json(command, usersSchema, { absent: [ENOENT] })
        const user = users?.find((candidate) => candidate.entity === entity)
        return [entity, user && { key: new Secret(user.key), caps: user.caps }] as const
      }),
    )
    return Object.fromEntries(found)
  },

  plan: () => [],
  output: (_, have) => have,
})
