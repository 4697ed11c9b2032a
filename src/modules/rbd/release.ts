import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import { UnexpectedOutput } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'

/** Ceph's major versions: luminous 12, mimic 13, nautilus 14, octopus 15, pacific 16, quincy 17, reef 18, squid 19. */
export const octopus = 15

const version = z.coerce.number().int().positive()

/** The major version of Ceph's tools on the host. */
export async function readRelease(look: Look): Promise<number> {
  const command = { ...cmd`ceph --version`, fact: true }
  const text = await look.text(command)
  const result = version.safeParse(/^ceph version (\d+)\./.exec(text)?.[1])
  if (!result.success) throw new UnexpectedOutput(command, '"ceph version N.…"', text)
  return result.data
}
