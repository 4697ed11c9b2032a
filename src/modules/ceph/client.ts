import { z } from 'zod'
import { type Command, cmd } from '../../core/command.ts'

/**
 * `ceph …` against the cluster of the host it runs on, as client.admin unless the words say otherwise. It gives up
 * after 15 s when no monitor answers: left alone, Ceph's clients wait for 300.
 */
export function ceph(...template: Parameters<typeof cmd>): Command {
  return { argv: ['ceph', '--connect-timeout', '15', ...cmd(...template).argv] }
}

/** Who asks the cluster: the words for `ceph`, none for client.admin. */
export function asUser(identity: Identity | undefined): string[] {
  return identity ? ['--name', identity.name, '--keyring', identity.keyring] : []
}

export const identity = z
  .strictObject({
    name: z.string().min(1).describe('user, such as mon.'),
    keyring: z.string().min(1).describe('path of its keyring on the host'),
  })
  .describe('who asks the cluster; default: client.admin with its keyring in /etc/ceph')
export type Identity = z.output<typeof identity>

/** The name of a pool, a rule, a daemon: one word for the `ceph` command that cannot be taken for an option. */
export const word = z.string().regex(/^[\w.][\w.@-]*$/, 'letters, digits, ".", "_", "-" are expected, no spaces')

/** A cluster's or daemon's identity. */
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID in lower case is expected, such as `uuidgen` prints')
