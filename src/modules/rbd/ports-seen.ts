import { z } from 'zod'
import { sh } from '../../core/command.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'

const args = z.strictObject({
  addresses: z
    .array(z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) }))
    .describe('what is tried, all at the same time'),
  seconds: z.int().positive().default(5).describe('how long each is tried'),
})

/** Which of some TCP ports answer, seen from a host: a second opinion on whether a site is gone. */
export const portsSeen = defineModule({
  name: 'rbd.portsSeen',
  description: 'Looks which TCP ports (of another site’s monitors, say) answer as seen from this host.',
  args,
  absent: undefined as readonly string[] | undefined,

  read: (args, look): Promise<readonly string[] | undefined> => readPorts(look, args),

  plan: () => [],
  output: (_, have) => have,
})

/** Those of some ports that answer, as `HOST:PORT`; all are tried at the same time. */
export async function readPorts(look: Look, { addresses, seconds }: z.output<typeof args>): Promise<readonly string[]> {
  if (addresses.length === 0) return []
  const words = addresses.flatMap(({ host, port }) => [host, port])
  const command = sh(probe, seconds, ...words)
  const display = `connect to ${addresses.map(({ host, port }) => `${host}:${port}`).join(', ')}`
  const lines = await look.text({ ...command, display, timeout: seconds + 10 })
  return lines.split('\n').filter((line) => line !== '')
}

/** Bash opens the connection: every host has it. */
const probe = `seconds=$1; shift
while [ $# -gt 0 ]; do
  { timeout "$seconds" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null && echo "$1:$2"; } &
  shift 2
done
wait`
