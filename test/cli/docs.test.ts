import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { playbook, project, root } from './support.ts'

/** The files that a page shows: blocks of TypeScript that begin with their name in a comment. */
function filesIn(page: string): Readonly<Record<string, string>> {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```/gms)
  return Object.fromEntries([...blocks].map(([, name = '', text = '']) => [name, text]))
}

test('the playbook and the module that docs/playbooks.md shows have no mistake', () => {
  const files = filesIn('docs/playbooks.md')
  expect(Object.keys(files)).toEqual(['web.ts', 'timezone.ts'])
  const folder = project({
    ...files,
    'inventory.yml': 'web: { hosts: { web-1: { site: east } } }',
    'templates/nginx.conf.hbs': 'server_name {{site}}.example.com;\n',
  })
  expect(playbook(folder, ['check', 'web.ts'])).toEqual({
    code: 0,
    stdout: 'web.ts: 1 play, 8 tasks, 1 host: no mistake found\n',
    stderr: '',
  })
})

test('the playbook that README.md shows has no mistake', () => {
  const [, shown = ''] =
    /\n((?: {4}import \{ play,.*\n)(?: {4}.*\n|\n)*)/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  const folder = project({ 'greet.ts': shown.replace(/^ {4}/gm, ''), 'motd.hbs': '{{text}} from {{name}}\n' })
  expect(playbook(folder, ['check', 'greet.ts'])).toMatchObject({ code: 0, stderr: '' })
})
