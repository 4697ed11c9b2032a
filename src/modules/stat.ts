import { z } from 'zod'
import type { FileState } from '../core/files.ts'
import { defineModule } from '../core/module.ts'
import { hostPath } from './shared/schema.ts'

/** What is at a path, for later tasks. */
export const stat = defineModule({
  name: 'stat',
  description: 'What is at a path, for later tasks: { exists } with type, mode, owner, group, size, sha256 and target.',
  args: z.strictObject({ path: hostPath }),
  absent: undefined,
  read: ({ path }, look) => look.file(path),
  plan: () => [],
  output: (_, found): Partial<FileState> & { exists: boolean } => ({ exists: found !== undefined, ...found }),
})
