import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'
import { ENOENT, type ImageSpec, imageSpec, looking } from './names.ts'

export interface Watcher {
  /** `10.0.0.5:0/1596200073`. */
  readonly address: string
  readonly client: string
}

const statusSchema = z
  .object({
    watchers: z
      .array(z.object({ address: z.string(), client: z.union([z.number(), z.string()]).transform(String) }))
      .default([]),
  })
  .transform(({ watchers }): readonly Watcher[] => watchers)

/** Who has an image open for writing; daemons that mirror it are among them. */
export async function readWatchers(look: Look, spec: ImageSpec): Promise<readonly Watcher[]> {
  const command = looking(cmd`rbd status --format json ${imageSpec(spec)}`)
  return (await look.json(command, statusSchema, { absent: [ENOENT] })) ?? []
}
