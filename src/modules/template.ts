import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { contentArguments, contentChanges, noContent, readContent } from './shared/content.ts'
import { render } from './shared/render.ts'
import { hostPath } from './shared/schema.ts'

/** A file made from a Handlebars template of the controller. Nothing that a host said is ever used as a template. */
export const template = defineModule({
  name: 'template',
  description:
    'A file made from a Handlebars template of the controller; nothing is escaped, and a variable that is missing is an error.',
  args: z.strictObject({
    src: z.string().min(1).describe('template beside the playbook or in its templates/'),
    dest: hostPath.describe('path of the file on the host'),
    vars: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('what the template may use; with a secret among them the file is one'),
    ...contentArguments,
  }),
  absent: noContent,
  read: async ({ src, dest, vars }, look) => readContent(look, dest, render(await look.controllerFile(src), src, vars)),
  plan: ({ dest, ...want }, have) => contentChanges({ path: dest, ...want }, have),
})
