import { z } from 'zod'
import { CommandFailed } from '../core/errors.ts'
import { defineModule } from '../core/module.ts'
import { commandOf, oneOfBoth, runArguments } from './shared/run.ts'

/** Runs a command that only looks, also with --check; later tasks may use what it said. */
export const query = defineModule({
  name: 'query',
  description: 'Runs a command that only looks, also with --check; its output is for later tasks.',
  args: z
    .strictObject({
      ...runArguments,
      codes: z
        .array(z.int().min(0).max(255))
        .default([0])
        .describe('exit codes that are an answer; others are failures'),
    })
    .refine(oneOfBoth, 'either argv or shell is needed, and not both'),
  absent: undefined,

  async read({ codes, ...run }, look) {
    const wanted = commandOf(run)
    const result = await look.run(wanted)
    if (result.code === undefined || !codes.includes(result.code)) throw new CommandFailed(wanted, result)
    return { code: result.code, stdout: result.stdout, stderr: result.stderr }
  },

  plan: () => [],
  output: (_, have: Answer | undefined) => have,
})

/** What a command said. */
export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}
