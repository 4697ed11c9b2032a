import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { defineModule } from '../core/module.ts'
import { environment, hostPath, seconds } from './shared/schema.ts'

/** Runs a script of the controller on the host. It travels on standard input, and leaves no file there. */
export const script = defineModule({
  name: 'script',
  description: 'Runs a script of the controller on the host; it leaves no file there.',
  args: z.strictObject({
    src: z.string().min(1).describe('file beside the playbook or in its files/'),
    args: z.array(z.union([z.string(), z.number().transform(String)])).default([]),
    interpreter: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('reads the script on standard input, before the arguments; from its first line unless given'),
    env: environment.optional().describe('not for secrets'),
    creates: hostPath.optional().describe('not run where this path exists'),
    timeout: seconds.optional(),
  }),
  absent: { text: undefined, done: false },

  async read({ src, creates }, look): Promise<{ text: string | undefined; done: boolean }> {
    const [text, found] = await Promise.all([
      look.controllerFile(src),
      creates === undefined ? undefined : look.file(creates),
    ])
    return { text, done: found !== undefined }
  },

  *plan({ src, args, interpreter, env, timeout }, { text, done }): Iterable<Change> {
    if (done) return
    const argv = [...(interpreter ?? interpreterOf(text ?? '')), ...args]
    yield change(`run ${[src, ...args].join(' ')}`, {
      argv,
      stdin: text ?? '',
      display: [src, ...args].join(' '),
      ...(env === undefined ? {} : { env }),
      ...(timeout === undefined ? {} : { timeout }),
    })
  },
})

/** Shells read a script from standard input with `-s`, other interpreters with `-`. */
function interpreterOf(text: string): readonly string[] {
  const words = /^#!\s*(\S.*)/.exec(text)?.[1]?.trim().split(/\s+/) ?? ['/bin/sh']
  const program = words.findLast((word) => !word.startsWith('-')) ?? ''
  return /(^|\/)(ba|da|k|z)?sh$/.test(program) ? [...words, '-s', '--'] : [...words, '-']
}
