import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { Secret } from '../core/secret.ts'
import { contentArguments, contentChanges, noContent, readContent, readCopied } from './shared/content.ts'
import { hostPath } from './shared/schema.ts'

/** A file with a content that is given, or copied from the controller. Written atomically. */
export const copy = defineModule({
  name: 'copy',
  description:
    'A file with a content that is given, or that of a file of the controller, byte by byte. Written atomically.',
  args: z
    .strictObject({
      dest: hostPath.describe('path of the file on the host'),
      content: z
        .union([z.string(), z.instanceof(Secret)])
        .optional()
        .describe('the content itself; may be a secret'),
      encoding: z
        .enum(['utf8', 'base64'])
        .default('utf8')
        .describe('base64: content is that of the bytes, as slurp gives them'),
      src: z.string().min(1).optional().describe('file beside the playbook or in its files/'),
      ...contentArguments,
    })
    .refine(
      ({ content, src }) => (content === undefined) !== (src === undefined),
      'either content or src is needed, and not both',
    ),
  absent: noContent,
  read: async ({ dest, content, encoding, src = '' }, look) =>
    content === undefined ? readCopied(look, dest, src) : readContent(look, dest, content, encoding),
  plan: ({ dest, encoding, ...want }, have) =>
    contentChanges(
      { path: dest, encoding: have.encoding ?? encoding, ...want },
      { ...have, content: have.content ?? want.content },
    ),
})
