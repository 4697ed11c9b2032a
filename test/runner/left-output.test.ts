import { expect, test } from '@jest/globals'
import { play } from '../../src/core/playbook.ts'
import { task } from '../../src/core/task.ts'
import { runPlaybook } from '../../src/runner/run.ts'
import { cat, createLab, text } from './support.ts'

test('a program that runs plays can read what a task left, where it ended well', async () => {
  const lab = createLab('a', 'b')
  const written = task('Write', text({ path: 'file', content: 'hello' }), { when: ({ host }) => host.name === 'a' })
  const read = task('Read', cat({ path: 'file' }), { ignoreErrors: true })
  const outcome = await runPlaybook({
    playbookName: 'test',
    plays: [play({ name: 'p', hosts: 'all', tasks: [written, read] })],
    inventory: lab.inventory,
    transport: lab.transport,
    emit: () => undefined,
    controllerFile: () => '',
  })
  expect(outcome.output(read, 'a')).toBe('hello')
  expect(outcome.output(read, 'b')).toBeUndefined()
  expect(outcome.output(written, 'b')).toBeUndefined()
  expect(outcome.output(read, 'nowhere')).toBeUndefined()
})
