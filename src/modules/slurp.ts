import { z } from 'zod'
import { type Command, cmd } from '../core/command.ts'
import { TaskFailed } from '../core/errors.ts'
import { sha256 } from '../core/files.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import { Secret } from '../core/secret.ts'
import { hostPath } from './shared/schema.ts'

const args = z.strictObject({
  path: hostPath,
  encoding: z.enum(['utf8', 'base64']).default('utf8').describe('base64 for what is no text'),
})

/** The content of a file, for later tasks. */
export const slurp = defineModule({
  name: 'slurp',
  description: 'The content of a file, for later tasks; its output is { content }.',
  args,
  absent: undefined,
  read: ({ path, encoding }, look): Promise<string | undefined> => contentOf(look, path, encoding),
  plan: () => [],
  output: (_, content) => (content === undefined ? undefined : { content }),
})

/** The content of a file that holds a secret, for later tasks. */
export const slurpSecret = defineModule({
  name: 'slurpSecret',
  description: 'The content of a file that holds a secret, for later tasks; its output is { content }, a Secret.',
  args,
  absent: undefined,
  async read({ path, encoding }, look): Promise<Secret | undefined> {
    const content = await contentOf(look, path, encoding)
    return content === undefined ? undefined : new Secret(content)
  },
  plan: () => [],
  output: (_, content) => (content === undefined ? undefined : { content }),
})

/** A file that is not there is a failure of the command: it is asked for by name. */
async function contentOf(look: Look, path: string, encoding: 'utf8' | 'base64'): Promise<string> {
  const command: Command = { ...cmd`base64 -w 0 -- ${path}`, sensitive: true, timeout: 300 }
  if (encoding === 'base64') return look.text(command)
  const [bytes, file] = await Promise.all([look.text(command), look.file(path)])
  const text = Buffer.from(bytes, 'base64').toString()
  if (file?.type === 'link' || file?.sha256 === sha256(text)) return text
  throw new TaskFailed({ summary: `${path} is not text in UTF-8`, hint: "say encoding: 'base64'" })
}
