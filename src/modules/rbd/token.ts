import { z } from 'zod'
import { TaskFailed } from '../../core/errors.ts'
import { reveal, Secret } from '../../core/secret.ts'

/** What a bootstrap token holds: everything a site needs to reach another. */
export interface Token {
  readonly fsid: string
  /** `rbd-mirror-peer`. */
  readonly client: string
  readonly key: Secret
  readonly monHost: string
}

const tokenSchema = z
  .object({ fsid: z.string(), client_id: z.string(), key: z.string(), mon_host: z.string() })
  .transform(
    ({ fsid, client_id, key, mon_host }): Token => ({
      fsid,
      client: client_id,
      key: new Secret(key),
      monHost: mon_host,
    }),
  )

/** A token in the form of `rbd mirror pool peer bootstrap create`: base64 of JSON (librbd, `api/Mirror.cc`). */
export function encodeToken({ fsid, client, key, monHost }: Token): Secret {
  const json = JSON.stringify({ fsid, client_id: client, key: reveal(key), mon_host: monHost })
  return new Secret(Buffer.from(json).toString('base64'))
}

/** @throws TaskFailed when it is no token. */
export function decodeToken(token: Secret): Token {
  const result = tokenSchema.safeParse(parse(Buffer.from(token.reveal(), 'base64').toString()))
  if (result.success) return result.data
  throw new TaskFailed({
    summary: 'the bootstrap token is not one: it should be base64 of JSON with fsid, client_id, key and mon_host',
    hint: 'make a new one on the other site: rbd mirror pool peer bootstrap create --site-name SITE POOL',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
