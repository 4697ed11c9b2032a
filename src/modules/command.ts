import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, type CommandResult, show } from '../core/command.ts'
import { CommandFailed } from '../core/errors.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import type { Answer } from './query.ts'
import { commandLine, commandOf, conditionOf, oneOfBoth, runArguments } from './shared/run.ts'
import { hostPath } from './shared/schema.ts'

/**
 * Runs a command, each time unless a guard says that it is done already. It changes the host, so that a plan cannot know
 * what it will say, and nothing is known of it where it was not run; to look at something and use it later, see `query`.
 */
export const command = defineModule({
  name: 'command',
  description:
    'Runs a command that changes the host: each time, unless a guard says that it is done. What it said is its output, where it was run; to look at something, see query.',
  args: z
    .strictObject({
      ...runArguments,
      sensitive: z.boolean().default(false).describe('its output holds a secret: it is not shown anywhere'),
      creates: hostPath.optional().describe('not run where this path exists'),
      removes: hostPath.optional().describe('not run where this path does not exist'),
      unless: commandLine.optional().describe('looks, and changes nothing: not run where it ends with 0'),
      onlyIf: commandLine.optional().describe('looks, and changes nothing: run only where it ends with 0'),
      changes: z.boolean().default(true).describe('false: it leaves the host as it is, and the task stays ok'),
    })
    .refine(oneOfBoth, 'either argv or shell is needed, and not both'),
  absent: { due: true },

  async read({ creates, removes, unless, onlyIf }, look) {
    const answers = await Promise.all([
      creates === undefined || look.file(creates).then((found) => found === undefined),
      removes === undefined || look.file(removes).then((found) => found !== undefined),
      unless === undefined || holds(look, conditionOf(unless)).then((done) => !done),
      onlyIf === undefined || holds(look, conditionOf(onlyIf)),
    ])
    return { due: answers.every(Boolean) }
  },

  *plan({ changes, sensitive, ...run }, { due }): Iterable<Change> {
    const wanted = { ...commandOf(run), ...(sensitive ? { sensitive } : {}) }
    if (due) yield change(`run ${show(wanted)}`, wanted, undefined, changes ? {} : { counts: false })
  },

  answer: ({ sensitive }, results): Answer | undefined => {
    const [result] = results
    if (sensitive || result?.code === undefined) return undefined
    return { code: result.code, stdout: result.stdout, stderr: result.stderr }
  },
})

/** Any exit code is an answer; being ended by a signal or by the clock is none. */
async function holds(look: Look, condition: Command): Promise<boolean> {
  const result: CommandResult = await look.run(condition)
  if (result.code === undefined || result.code > 128) throw new CommandFailed(condition, result)
  return result.code === 0
}
