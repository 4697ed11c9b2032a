import { z } from 'zod'
import { cmd } from '../../../core/command.ts'
import type { Look } from '../../../core/look.ts'

/** The host's clock: seconds since 1970, with a fraction. */
export function readClock(look: Look): Promise<number> {
  return look.json(cmd`date +%s.%N`, z.number())
}
