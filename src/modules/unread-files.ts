import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { changedSince } from './shared/changed-since.ts'
import { hostPath } from './shared/schema.ts'

/** Which files a running daemon has not read as they are now: a run that was killed may owe it a restart. */
export const unreadFiles = defineModule({
  name: 'unreadFiles',
  description:
    'Which files got other content after a unit was started, whoever wrote them; their paths are the output. Of a unit that does not run, none.',
  args: z.strictObject({
    unit: z.string().describe('such as ceph-rbd-mirror@rbd-mirror.east'),
    files: z.array(hostPath).describe('that it reads when it starts'),
  }),
  absent: [] as readonly string[],
  read: async ({ unit, files }, look): Promise<readonly string[]> =>
    (await look.text(changedSince(unit, files, 'content'))).split('\n').filter(Boolean),
  plan: () => [],
  output: (_, found) => found,
})
